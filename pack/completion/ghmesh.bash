# SPDX-License-Identifier: MIT
# Completion of ghmesh for bash.

_ghmesh() {
    local word=${COMP_WORDS[COMP_CWORD]} words
    local api="--method --field --raw-field --input --header --preview --hostname --paginate --slurp --include --silent --jq --template --cache --help"
    case ${COMP_WORDS[1]} in
        api) words="$api" ;;
        why) words="--json $api" ;;
        exec)
            # After our own words, the command's.
            local at=2
            while [ "$at" -lt "$COMP_CWORD" ] && [[ ${COMP_WORDS[at]} == -* ]]; do at=$((at + 1)); done
            if declare -F _command_offset >/dev/null && [ "$at" -le "$COMP_CWORD" ] && [[ $word != -* || $at -lt $COMP_CWORD ]]; then
                _command_offset "$at"
                return
            fi
            words="--verbose -- --help"
            ;;
        put) words="--ttl --public --help" ;;
        stats | status | config) words="--json --help" ;;
        store) words="check compact clear --repair --json --help" ;;
        secret) words="new --help" ;;
        p2p) words="ping identify listen -c --help" ;;
        agent) words="--idle --help" ;;
        get | up | down | id | version) words="--help" ;;
        *) words="api exec why get put stats store agent up down status id p2p secret config version help" ;;
    esac
    [ "$COMP_CWORD" -eq 1 ] && words="api exec why get put stats store agent up down status id p2p secret config version help"
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -F _ghmesh ghmesh

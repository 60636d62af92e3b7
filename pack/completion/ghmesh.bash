# SPDX-License-Identifier: MIT
# Completion of ghmesh for bash.

_ghmesh() {
    local word=${COMP_WORDS[COMP_CWORD]} words
    case ${COMP_WORDS[1]} in
        api) words="--include --header --paginate --jq --cache --help" ;;
        put) words="--ttl --public --help" ;;
        stats | config) words="--json --help" ;;
        secret) words="new --help" ;;
        p2p) words="ping identify listen -c --help" ;;
        get | agent | id | version) words="--help" ;;
        *) words="api get put stats agent id p2p secret config version help" ;;
    esac
    [ "$COMP_CWORD" -eq 1 ] && words="api get put stats agent id p2p secret config version help"
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -F _ghmesh ghmesh

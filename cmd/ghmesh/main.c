/* SPDX-License-Identifier: MIT */
/* The program `ghmesh-node`: every subcommand. */
#include "command.h"
#include "core.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct row {
    const char *name;
    command_run *run;
    const char *arguments;
    const char *summary;
    const char *help;
};

static const struct row rows[] = {
    {"api", command_api, "PATH [OPTION]...",
     "ask the GitHub API as gh api does, from the cache when that is right",
     "  -X, --method METHOD    GET without fields, POST with; anything but a GET goes to GitHub\n"
     "  -f, --raw-field K=V    add a text to the body, or to the query with -X GET\n"
     "  -F, --field K=V        likewise; numbers, true, false, null and @FILE are what they say\n"
     "      --input FILE       the body; - is standard input; fields then go to the query\n"
     "  -H, --header LINE      send a header (\"Accept: ...\"); may be repeated\n"
     "  -p, --preview NAMES    accept GitHub's previews\n"
     "      --hostname HOST    ask this host, with its own token\n"
     "      --paginate         follow the pages of a list to the last, 100 to a page\n"
     "      --slurp            with --paginate: the pages as the elements of one array\n"
     "  -i, --include          show status and headers too\n"
     "      --silent           do not show the body\n"
     "  -q, --jq EXPR          print what a jq expression selects\n"
     "  -t, --template TEXT    print what a Go template makes of it, as gh help formatting says\n"
     "      --cache DURATION   accept an answer up to this old: 90s, 5m, 1h; 0 asks GitHub\n"
     "\n"
     "{owner} and {repo} in PATH and in -F are those of GH_REPO. \"graphql\" is the GraphQL API.\n"
     "Exits 1 when GitHub answers with an error status, as gh api does.\n"},
    {"why", command_why, "PATH [--json] [OPTION]...",
     "what would happen to a request, and why; nothing is sent",
     "      --json             one JSON object\n"
     "\n"
     "Takes the options of ghmesh api, and says what that would do: serve, serve-stale,\n"
     "revalidate (free if it did not change), revalidate-charged (without a token), fetch, pass "
     "or\n"
     "refuse.\n"},
    {"get", command_get, "KEY", "print the value under a key, if it is fresh",
     "KEY is an operation and its parameters, in any order: list_repos:limit=10:owner=me\n"
     "Exits 1, printing nothing, when there is none.\n"},
    {"put", command_put, "KEY [--ttl SECONDS] [--public]",
     "keep the JSON on standard input under a key, and tell the members",
     "      --ttl SECONDS      how long it is fresh; without: the operation's own time\n"
     "      --public           every member may see it; without: those with the same token\n"},
    {"stats", command_stats, "[--json]", "what the cache did, over all processes of its directory",
     "      --json             one JSON object\n"},
    {"store", command_store, "check [--repair] | compact | clear [--json]",
     "look after the store of the directory",
     "  check      look at every record; exits 1 when something is damaged\n"
     "  compact    make its file as small as can be, when no other process has it open\n"
     "  clear      forget every entry\n"
     "\n"
     "      --repair           with check: drop what is damaged\n"
     "      --json             one JSON object\n"
     "\n"
     "check and clear work while others use the store. All may be interrupted at any moment.\n"},
    {"agent", command_agent, "[--idle DURATION]",
     "run the node in the foreground until SIGINT or SIGTERM",
     "      --idle DURATION    end when nobody has asked for so long: 90s, 5m, 1h\n"
     "      --background       print nothing, and end at once where such an agent runs already\n"
     "\n"
     "Prints \"listening MULTIADDR\" once it can be dialed; logs to standard error.\n"},
    {"up", command_up, "", "start an agent in the background, which stays",
     "Prints its process id, once it hosts the directory. One that would end when idle is "
     "replaced.\n"},
    {"down", command_down, "", "end the agent that hosts the directory",
     "It answers what it was asked before. Exits 1 when a program hosts that is no agent.\n"},
    {"status", command_status, "[--json]", "which process hosts the directory",
     "      --json             one JSON object\n"
     "\n"
     "Exits 1 when there is none.\n"},
    {"exec", command_exec, "[-v] -- COMMAND [ARGUMENT]...",
     "run a command so that gh and other clients in it use the cache",
     "  -v, --verbose          say at the end, on standard error, what was asked and what it cost\n"
     "\n"
     "gh finds a configuration with http_unix_socket, others GITHUB_API_URL, GITHUB_GRAPHQL_URL,\n"
     "GHMESH_HTTP_URL and GHMESH_HTTP_SOCKET. Exits as the command does, 128+N when signal N "
     "ended\n"
     "it, 127 when there is no such command. If the cache fails, the command still runs.\n"},
    {"id", command_id, "", "print this directory's peer id", ""},
    {"secret", command_secret, "new", "make a mesh secret",
     "Give it to every member as GHMESH_SECRET, through the place where secrets are kept.\n"},
    {"p2p", command_p2p, "ping MULTIADDR [-c COUNT] | identify MULTIADDR | listen MULTIADDR",
     "look at a libp2p network: ping a peer, ask who it is, be one",
     "  ping       measure the way to a peer and back; COUNT times, 5 without -c\n"
     "  identify   what a peer says of itself\n"
     "  listen     be a peer that answers both, until SIGINT or SIGTERM\n"
     "\n"
     "MULTIADDR: /ip4/HOST/tcp/PORT, /ip6/..., /dns4/... with /p2p/PEER-ID when it must be that "
     "one.\n"
     "Each command is a peer of its own with a fresh identity: no directory, no secret, no mesh.\n"
     "Prints one JSON object a line. Exits 1 when the peer cannot be reached or does not "
     "answer.\n"},
    {"config", command_config, "[--json]", "print every setting, its value and where it comes from",
     "      --json             one JSON object\n"},
    {"version", command_version, "", "print the version", ""},
};

#define ROWS (sizeof rows / sizeof rows[0])

static int print_overview(FILE *out)
{
    (void)fprintf(out, "ghmesh: a cache for the GitHub API that a whole fleet shares\n\n"
                       "usage: ghmesh COMMAND [ARGUMENT]...\n\n");
    for (size_t i = 0; i < ROWS; i++)
        (void)fprintf(out, "  %-9s %s\n", rows[i].name, rows[i].summary);
    (void)fprintf(out, "\nghmesh COMMAND --help says more; ghmesh(1) says all.\n");
    return out == stdout ? EXIT_DONE : EXIT_USAGE;
}

static int print_help(const struct row *row)
{
    (void)printf("ghmesh %s: %s\n\nusage: ghmesh %s %s\n", row->name, row->summary, row->name,
                 row->arguments);
    if (*row->help != '\0') (void)printf("\n%s", row->help);
    return EXIT_DONE;
}

static const struct row *find_row(const char *name)
{
    for (size_t i = 0; i < ROWS; i++) {
        if (strcmp(rows[i].name, name) == 0) return &rows[i];
    }
    return NULL;
}

static int run(int argc, char **argv)
{
    if (argc < 2) return print_overview(stderr);
    const char *name = argv[1];
    if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) name = "version";
    if (strcmp(name, "help") == 0 && argc > 2) {
        const struct row *wanted = find_row(argv[2]);
        if (wanted != NULL) return print_help(wanted);
        name = argv[2];
    }
    bool is_help =
        strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0;
    if (is_help) return print_overview(stdout);
    const struct row *row = find_row(name);
    if (row == NULL) {
        (void)fprintf(stderr, "ghmesh: there is no command \"%s\"; see ghmesh --help\n", name);
        return EXIT_USAGE;
    }
    if (command_wants_help(argc - 1, argv + 1, row->run == command_exec)) return print_help(row);
    return row->run(argc - 1, argv + 1);
}

/* What was printed must have arrived, or it is an error; a reader that went away is no complaint.
 */
static int end_output(int code)
{
    errno = 0;
    bool is_written = fflush(stdout) == 0 && ferror(stdout) == 0;
    if (is_written) return code;
    if (errno != EPIPE)
        (void)fprintf(stderr, "ghmesh: standard output: %s\n",
                      errno != 0 ? strerror(errno) : "cannot be written");
    return code == EXIT_DONE ? EXIT_LOCAL : code;
}

int main(int argc, char **argv)
{
    bool is_wrapper = argc > 1 && strcmp(argv[1], "exec") == 0;
    /* A command that we run for somebody else gets what we were given. */
    if (!is_wrapper) {
        core_write_on();
        core_fill_standard();
        core_forbid();
    }
    return end_output(run(argc, argv));
}

/* SPDX-License-Identifier: MIT */
#include "asking.h"

#include "answer/header.h"
#include "base/buf.h"
#include "write.h"

#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- the command line ---- */

bool asking_duration(int64_t *ret_s, const char *text)
{
    int64_t total_s = 0;
    if (*text == '\0') return false;
    while (*text != '\0') {
        char *end;
        long value = strtol(text, &end, 10);
        if (end == text || value < 0 || value > 31536000) return false;
        int64_t unit_s = 1;
        if (*end == 'h')
            unit_s = 3600;
        else if (*end == 'm')
            unit_s = 60;
        else if (*end != 's' && *end != '\0')
            return false;
        total_s += value * unit_s;
        text = *end == '\0' ? end : end + 1;
    }
    *ret_s = total_s;
    return true;
}

static const char *take_header(struct asking *asking, const char *line)
{
    if (strchr(line, ':') == NULL) return "-H wants \"Name: value\"";
    if (asking->headers_count == ASKING_HEADERS_MAX) return "too many headers";
    asking->headers[asking->headers_count++] = line;
    return NULL;
}

static const char *take_field(struct asking *asking, const char *text, bool is_typed)
{
    if (asking->fields_count == ASKING_FIELDS_MAX) return "too many fields";
    asking->fields[asking->fields_count++] =
        (struct asking_field){.text = text, .is_typed = is_typed};
    return NULL;
}

/* A token: what goes into the first line of a request as it is. */
static const char *take_method(struct asking *asking, const char *text)
{
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++) {
        if (!isalpha((unsigned char)text[i])) return "-X wants a method: GET, POST, PATCH, ...";
    }
    if (len == 0 || len > 31) return "-X wants a method: GET, POST, PATCH, ...";
    asking->method = text;
    return NULL;
}

enum long_option {
    OPTION_PAGINATE = 256,
    OPTION_CACHE,
    OPTION_INPUT,
    OPTION_SLURP,
    OPTION_SILENT,
    OPTION_HOSTNAME,
};

static const char *take_option(struct asking *asking, int option)
{
    switch (option) {
    case 'H':
        return take_header(asking, optarg);
    case 'X':
        return take_method(asking, optarg);
    case 'f':
        return take_field(asking, optarg, false);
    case 'F':
        return take_field(asking, optarg, true);
    case 'i':
        asking->is_with_headers = true;
        return NULL;
    case 'q':
        asking->jq = optarg;
        return NULL;
    case 't':
        asking->template = *optarg != '\0' ? optarg : NULL;
        return NULL;
    case 'p':
        asking->previews = optarg;
        return NULL;
    case OPTION_PAGINATE:
        asking->is_paginated = true;
        return NULL;
    case OPTION_SLURP:
        asking->is_slurped = true;
        return NULL;
    case OPTION_SILENT:
        asking->is_silent = true;
        return NULL;
    case OPTION_INPUT:
        asking->input = optarg;
        return NULL;
    case OPTION_HOSTNAME:
        asking->hostname = optarg;
        return *optarg != '\0' ? NULL : "--hostname wants a host";
    case OPTION_CACHE:
        return asking_duration(&asking->max_age_s, optarg)
                   ? NULL
                   : "--cache wants a duration: 90s, 5m, 1h";
    default:
        return "unknown option, or one that lacks its value";
    }
}

static const char *check_together(const struct asking *asking)
{
    bool is_get = asking->method == NULL || strcasecmp(asking->method, "GET") == 0;
    bool is_graphql = strcmp(asking->path, "graphql") == 0;
    if (asking->is_paginated && !is_get && !is_graphql)
        return "--paginate is for GET and for graphql";
    if (asking->is_paginated && asking->input != NULL) return "--paginate does not go with --input";
    if (asking->is_slurped && !asking->is_paginated) return "--slurp needs --paginate";
    bool is_formed = asking->jq != NULL || asking->template != NULL;
    if (asking->is_slurped && is_formed) return "--slurp does not go with --jq or --template";
    if (asking->is_silent && is_formed) return "--silent does not go with --jq or --template";
    if (asking->jq != NULL && asking->template != NULL) return "--jq does not go with --template";
    return NULL;
}

bool asking_parse(struct asking *ret_asking, const char **ret_problem, int argc, char **argv)
{
    static const struct option options[] = {
        {"header", required_argument, NULL, 'H'},
        {"method", required_argument, NULL, 'X'},
        {"raw-field", required_argument, NULL, 'f'},
        {"field", required_argument, NULL, 'F'},
        {"include", no_argument, NULL, 'i'},
        {"jq", required_argument, NULL, 'q'},
        {"template", required_argument, NULL, 't'},
        {"preview", required_argument, NULL, 'p'},
        {"paginate", no_argument, NULL, OPTION_PAGINATE},
        {"slurp", no_argument, NULL, OPTION_SLURP},
        {"silent", no_argument, NULL, OPTION_SILENT},
        {"input", required_argument, NULL, OPTION_INPUT},
        {"hostname", required_argument, NULL, OPTION_HOSTNAME},
        {"cache", required_argument, NULL, OPTION_CACHE},
        {NULL, 0, NULL, 0},
    };
    *ret_asking = (struct asking){.max_age_s = -1};
    *ret_problem = NULL;
    optind = 0;
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, "H:X:f:F:iq:t:p:", options, NULL)) != -1;) {
        *ret_problem = take_option(ret_asking, option);
        if (*ret_problem != NULL) return false;
    }
    if (optind + 1 != argc) {
        *ret_problem = "wants exactly one path, such as /repos/OWNER/REPO";
        return false;
    }
    ret_asking->path = argv[optind];
    *ret_problem = check_together(ret_asking);
    return *ret_problem == NULL;
}

bool asking_is_plain(const struct asking *asking)
{
    return !asking->is_paginated && !asking->is_silent && asking->jq == NULL &&
           asking->template == NULL && asking->method == NULL && asking->input == NULL &&
           asking->hostname == NULL && asking->previews == NULL && asking->fields_count == 0 &&
           strcmp(asking->path, "graphql") != 0 && strpbrk(asking->path, "{:") == NULL;
}

/* ---- headers as -i shows them ---- */

const char *asking_phrase(int status)
{
    static const struct {
        int status;
        const char *phrase;
    } phrases[] = {
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {301, "Moved Permanently"},
        {302, "Found"},
        {304, "Not Modified"},
        {307, "Temporary Redirect"},
        {308, "Permanent Redirect"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {409, "Conflict"},
        {410, "Gone"},
        {422, "Unprocessable Entity"},
        {429, "Too Many Requests"},
        {451, "Unavailable For Legal Reasons"},
        {500, "Internal Server Error"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
    };
    for (size_t i = 0; i < sizeof phrases / sizeof phrases[0]; i++) {
        if (phrases[i].status == status) return phrases[i].phrase;
    }
    return "";
}

/* "x-github-media-type" as people write it: X-Github-Media-Type. */
static int append_name(struct ghm_buf *buf, struct ghm_bytes name)
{
    uint8_t *room;
    int error = ghm_buf_reserve(buf, &room, name.len);
    if (error != GHM_OK) return error;
    for (size_t i = 0; i < name.len; i++) {
        bool is_first = i == 0 || name.ptr[i - 1] == '-';
        room[i] = (uint8_t)(is_first ? toupper(name.ptr[i]) : name.ptr[i]);
    }
    ghm_buf_commit(buf, name.len);
    return GHM_OK;
}

static int append_header(struct ghm_buf *buf, const struct ghm_header *header)
{
    int error = append_name(buf, header->name);
    if (error == GHM_OK) error = ghm_buf_append_text(buf, ": ");
    if (error == GHM_OK) error = ghm_buf_append(buf, header->value);
    return error == GHM_OK ? ghm_buf_append_text(buf, "\r\n") : error;
}

static int append_all(struct ghm_buf *buf, const struct asking_head *head)
{
    char line[256];
    struct ghm_header header;
    struct ghm_bytes walk = head->headers;
    (void)snprintf(line, sizeof line, "HTTP/1.1 %d %s\r\n", head->status,
                   asking_phrase(head->status));
    int error = ghm_buf_append_text(buf, line);
    while (error == GHM_OK && ghm_header_next(&walk, &header))
        error = append_header(buf, &header);
    if (error == GHM_OK && head->cache_status != NULL) {
        (void)snprintf(line, sizeof line, "Age: %lld\r\nCache-Status: %s\r\n",
                       (long long)(head->age_ms / 1000), head->cache_status);
        error = ghm_buf_append_text(buf, line);
    }
    return error == GHM_OK ? ghm_buf_append_text(buf, "\r\n") : error;
}

struct asking_head asking_head_of(const ghm_answer *answer)
{
    size_t len;
    const char *headers = ghm_answer_headers(answer, &len);
    return (struct asking_head){.status = ghm_answer_status(answer),
                                .headers = ghm_bytes(headers, len),
                                .age_ms = ghm_answer_age_ms(answer),
                                .cache_status = ghm_answer_cache_status(answer)};
}

bool asking_show_head(const struct asking_head *head)
{
    struct ghm_buf buf;
    ghm_buf_init(&buf, NULL, 1U << 20);
    bool is_shown = append_all(&buf, head) == GHM_OK;
    struct ghm_bytes text = ghm_buf_bytes(&buf);
    if (is_shown) is_shown = write_all((const char *)text.ptr, text.len);
    ghm_buf_fini(&buf);
    return is_shown;
}

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

static const char *take_option(struct asking *asking, int option)
{
    switch (option) {
    case 'H':
        return take_header(asking, optarg);
    case 'i':
        asking->is_with_headers = true;
        return NULL;
    case 'p':
        asking->is_paginated = true;
        return NULL;
    case 'q':
        asking->jq = optarg;
        return NULL;
    case 'c':
        return asking_duration(&asking->max_age_s, optarg)
                   ? NULL
                   : "--cache wants a duration: 90s, 5m, 1h";
    default:
        return "unknown option, or one that lacks its value";
    }
}

bool asking_parse(struct asking *ret_asking, const char **ret_problem, int argc, char **argv)
{
    static const struct option options[] = {
        {"header", required_argument, NULL, 'H'}, {"include", no_argument, NULL, 'i'},
        {"paginate", no_argument, NULL, 'p'},     {"jq", required_argument, NULL, 'q'},
        {"cache", required_argument, NULL, 'c'},  {NULL, 0, NULL, 0},
    };
    *ret_asking = (struct asking){.max_age_s = -1};
    *ret_problem = NULL;
    optind = 0;
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, "H:iq:", options, NULL)) != -1;) {
        *ret_problem = take_option(ret_asking, option);
        if (*ret_problem != NULL) return false;
    }
    if (optind + 1 != argc) {
        *ret_problem = "wants exactly one path, such as /repos/OWNER/REPO";
        return false;
    }
    ret_asking->path = argv[optind];
    return true;
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

static int append_all(struct ghm_buf *buf, const ghm_answer *answer)
{
    char line[256];
    size_t len;
    struct ghm_header header;
    int status = ghm_answer_status(answer);
    const char *headers = ghm_answer_headers(answer, &len);
    struct ghm_bytes walk = ghm_bytes(headers, len);
    (void)snprintf(line, sizeof line, "HTTP/1.1 %d %s\r\n", status, asking_phrase(status));
    int error = ghm_buf_append_text(buf, line);
    while (error == GHM_OK && ghm_header_next(&walk, &header))
        error = append_header(buf, &header);
    (void)snprintf(line, sizeof line, "Age: %lld\r\nCache-Status: %s\r\n\r\n",
                   (long long)(ghm_answer_age_ms(answer) / 1000), ghm_answer_cache_status(answer));
    return error == GHM_OK ? ghm_buf_append_text(buf, line) : error;
}

bool asking_show_headers(const ghm_answer *answer)
{
    struct ghm_buf buf;
    ghm_buf_init(&buf, NULL, 1U << 20);
    bool is_shown = append_all(&buf, answer) == GHM_OK;
    struct ghm_bytes text = ghm_buf_bytes(&buf);
    if (is_shown) is_shown = write_all((const char *)text.ptr, text.len);
    ghm_buf_fini(&buf);
    return is_shown;
}

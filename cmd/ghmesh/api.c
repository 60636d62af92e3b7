/* SPDX-License-Identifier: MIT */
#include "answer/header.h"
#include "api/open.h"
#include "asking.h"
#include "command.h"
#include "filter.h"
#include "write.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define REDIRECTS_MAX 5
#define PAGES_MAX 10000
#define URL_MAX 8192

/* ---- where the next request goes ---- */

static struct ghm_bytes header_of(const ghm_answer *answer, const char *name)
{
    size_t len;
    const char *headers = ghm_answer_headers(answer, &len);
    return ghm_header_find(ghm_bytes(headers, len), name);
}

static bool copy_url(char ret_url[URL_MAX], const char *start, size_t len)
{
    if (len == 0 || len >= URL_MAX) return false;
    memmove(ret_url, start, len);
    ret_url[len] = '\0';
    return true;
}

/* Link: <URL>; rel="next", <URL>; rel="last". Spec: RFC 8288 section 3 */
static bool next_page(char ret_url[URL_MAX], const ghm_answer *answer)
{
    char text[URL_MAX];
    struct ghm_bytes link = header_of(answer, "link");
    if (link.ptr == NULL || !copy_url(text, (const char *)link.ptr, link.len)) return false;
    for (char *at = strchr(text, '<'); at != NULL; at = strchr(at + 1, '<')) {
        char *end = strchr(at, '>');
        if (end == NULL) return false;
        size_t parameters = strcspn(end, "<");
        char *rel = strstr(end, "rel=\"next\"");
        if (rel != NULL && (size_t)(rel - end) < parameters)
            return copy_url(ret_url, at + 1, (size_t)(end - at - 1));
    }
    return false;
}

/* "/repositories/1" of this host, whose paths may be below a prefix: as a whole URL. */
static bool whole_url(char ret_url[URL_MAX], const ghm *cache, struct ghm_bytes path)
{
    const struct ghm_config_origin *origin = &cache->home.origin;
    int len = snprintf(ret_url, URL_MAX, "%s://%s%.*s", origin->is_tls ? "https" : "http",
                       origin->host, (int)path.len, (const char *)path.ptr);
    return len > 0 && len < URL_MAX;
}

/* Whether the host of a whole URL is ours the fetch itself judges. */
static bool redirected(char ret_url[URL_MAX], const ghm *cache, const ghm_answer *answer)
{
    int status = ghm_answer_status(answer);
    if (status != 301 && status != 302 && status != 307 && status != 308) return false;
    struct ghm_bytes location = header_of(answer, "location");
    if (location.len > 1 && location.ptr[0] == '/' && location.ptr[1] != '/')
        return whole_url(ret_url, cache, location);
    bool is_http = ghm_bytes_starts(location, ghm_bytes_text("http"));
    return is_http && copy_url(ret_url, (const char *)location.ptr, location.len);
}

/* ---- one page ---- */

static int fetch(ghm *cache, ghm_answer **ret_answer, const struct asking *asking,
                 char url[URL_MAX])
{
    struct ghm_fetch_options options;
    const char *headers[ASKING_HEADERS_MAX + 2];
    size_t count = 0;
    bool has_accept = false;
    for (size_t i = 0; i < asking->headers_count; i++) {
        headers[count++] = asking->headers[i];
        if (strncasecmp(asking->headers[i], "accept:", 7) == 0) has_accept = true;
    }
    if (!has_accept) headers[count++] = "Accept: " ASKING_ACCEPT;
    headers[count] = NULL;
    ghm_fetch_options_init(&options);
    options.headers = headers;
    options.max_age_s = asking->max_age_s;
    options.timeout_ms = 0;
    int error = ghm_fetch(cache, ret_answer, url, &options);
    for (int i = 0; error == GHM_OK && i < REDIRECTS_MAX && redirected(url, cache, *ret_answer);
         i++) {
        ghm_answer *next;
        error = ghm_fetch(cache, &next, url, &options);
        /* To another host nothing is sent, least of all the token: the redirect itself is shown. */
        if (error == GHM_EINVAL) return GHM_OK;
        ghm_answer_free(*ret_answer);
        *ret_answer = next;
    }
    return error;
}

/* gh's words, so that scripts find them. */
static int complain(const ghm_answer *answer)
{
    int status = ghm_answer_status(answer);
    (void)fprintf(stderr, "ghmesh: %s (HTTP %d)\n", asking_phrase(status), status);
    return EXIT_NO;
}

static int show(const ghm_answer *answer, const struct asking *asking, struct filter *filter)
{
    size_t len;
    const char *body = ghm_answer_body(answer, &len);
    int status = ghm_answer_status(answer);
    bool is_fine = status >= 200 && status <= 299;
    if (asking->is_with_headers && !asking_show_headers(answer)) return EXIT_LOCAL;
    if (filter != NULL && is_fine) return filter_show(filter, body, len) ? EXIT_DONE : EXIT_NO;
    if (!write_all(body, len)) return EXIT_LOCAL;
    return is_fine ? EXIT_DONE : complain(answer);
}

static int show_pages(ghm *cache, const struct asking *asking, struct filter *filter)
{
    char url[URL_MAX];
    ghm_answer *answer;
    if (!copy_url(url, asking->path, strlen(asking->path)))
        return command_usage("api", "the path is empty or longer than %d bytes", URL_MAX - 1);
    for (int page = 0; page < PAGES_MAX; page++) {
        int error = fetch(cache, &answer, asking, url);
        if (error == GHM_EINVAL)
            return command_usage("api", "\"%.200s\" is no path or URL of the configured host", url);
        if (error != GHM_OK) return command_failed(error, "%.200s", url);
        int code = show(answer, asking, filter);
        bool is_more = code == EXIT_DONE && asking->is_paginated && next_page(url, answer);
        ghm_answer_free(answer);
        if (!is_more) return code;
    }
    return EXIT_DONE;
}

int command_api(int argc, char **argv)
{
    struct asking asking;
    struct filter *filter = NULL;
    const char *problem;
    int code = EXIT_LOCAL;
    if (!asking_parse(&asking, &problem, argc, argv)) return command_usage("api", "%s", problem);
    if (asking.jq != NULL) {
        filter = filter_new(asking.jq);
        if (filter == NULL) return EXIT_USAGE;
    }
    ghm *cache = command_open_anyhow(&code);
    if (cache != NULL) code = show_pages(cache, &asking, filter);
    ghm_close(cache);
    command_clean();
    filter_free(filter);
    return code;
}

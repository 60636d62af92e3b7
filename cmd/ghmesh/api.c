/* SPDX-License-Identifier: MIT */
#include "answer/header.h"
#include "api/open.h"
#include "asking.h"
#include "command.h"
#include "fields.h"
#include "filter.h"
#include "past.h"
#include "shape.h"
#include "write.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define REDIRECTS_MAX 5
#define PAGES_MAX 10000
#define URL_MAX 8192
#define PER_PAGE "per_page=100" /* as gh asks for it */

/* One run of the command. */
struct api {
    const struct asking *asking;
    struct filter *filter; /* or NULL */
    struct shape *shape;   /* or NULL */
    ghm *cache;
    const char *method;
    bool is_graphql;
    json_t *fields;                              /* or NULL */
    const char *headers[ASKING_HEADERS_MAX + 4]; /* NULL-terminated */
    char previews[1024];
    struct ghm_buf body;
    bool has_body;
    size_t pages_count;
};

/* What came back, whichever way. */
struct page {
    struct asking_head head;
    struct ghm_bytes body;
};

/* ---- where the next request goes ---- */

static struct ghm_bytes header_of(const ghm_answer *answer, const char *name)
{
    return ghm_header_find(asking_head_of(answer).headers, name);
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

/* ---- errors, in GitHub's words ---- */

static bool is_json(const struct page *page)
{
    struct ghm_bytes type = ghm_header_find(page->head.headers, "content-type");
    for (size_t i = 0; i + 4 < type.len; i++) {
        bool is_here =
            memcmp(type.ptr + i + 1, "json", 4) == 0 && (type.ptr[i] == '/' || type.ptr[i] == '+');
        if (is_here && (i + 5 == type.len || type.ptr[i + 5] == ';')) return true;
    }
    return false;
}

static bool say_errors(const json_t *errors)
{
    size_t index;
    json_t *value;
    bool is_said = false;
    json_array_foreach((json_t *)(uintptr_t)errors, index, value)
    {
        const char *text =
            json_string_value(json_is_object(value) ? json_object_get(value, "message") : value);
        if (text == NULL) continue;
        (void)fprintf(stderr, "%s%s\n", is_said ? "" : "ghmesh: ", text);
        is_said = true;
    }
    return is_said;
}

/* true: it is an error, and it is told. GraphQL tells its own in a 200. */
static bool say_error(const struct api *api, const struct page *page)
{
    int status = page->head.status;
    bool is_said = false;
    if (is_json(page) && (api->is_graphql || status >= 400)) {
        json_t *json =
            json_loadb((const char *)page->body.ptr, page->body.len, JSON_DECODE_ANY, NULL);
        const char *message = json_string_value(json_object_get(json, "message"));
        if (message != NULL && *message != '\0') {
            (void)fprintf(stderr, "ghmesh: %s (HTTP %d)\n", message, status);
            is_said = true;
        } else {
            is_said = say_errors(json_object_get(json, "errors"));
        }
        json_decref(json);
    }
    if (is_said || status <= 299) return is_said;
    (void)fprintf(stderr, "ghmesh: %s (HTTP %d)\n", asking_phrase(status), status);
    return true;
}

/* ---- showing ---- */

static bool show_mark(const struct api *api)
{
    if (!api->asking->is_slurped) return true;
    return write_all(api->pages_count == 0 ? "[" : ",", 1);
}

static int show(struct api *api, const struct page *page)
{
    const struct asking *asking = api->asking;
    if (asking->is_with_headers && !asking_show_head(&page->head)) return EXIT_LOCAL;
    bool is_error = say_error(api, page);
    int code = is_error ? EXIT_NO : EXIT_DONE;
    if (page->head.status == 204 || asking->is_silent) return code;
    if (api->filter != NULL && !is_error)
        return filter_show(api->filter, (const char *)page->body.ptr, page->body.len) ? EXIT_DONE
                                                                                      : EXIT_NO;
    if (api->shape != NULL && !is_error)
        return shape_show(api->shape, page->body) ? EXIT_DONE : EXIT_NO;
    if (!show_mark(api) || !write_all((const char *)page->body.ptr, page->body.len))
        return EXIT_LOCAL;
    return code;
}

/* ---- GET: through the cache ---- */

static int fetch(struct api *api, ghm_answer **ret_answer, char url[URL_MAX])
{
    struct ghm_fetch_options options;
    ghm_fetch_options_init(&options);
    options.headers = api->headers;
    options.max_age_s = api->asking->max_age_s;
    options.timeout_ms = 0;
    int error = ghm_fetch(api->cache, ret_answer, url, &options);
    for (int i = 0;
         error == GHM_OK && i < REDIRECTS_MAX && redirected(url, api->cache, *ret_answer); i++) {
        ghm_answer *next;
        error = ghm_fetch(api->cache, &next, url, &options);
        /* To another host nothing is sent, least of all the token: the redirect itself is shown. */
        if (error == GHM_EINVAL) return GHM_OK;
        ghm_answer_free(*ret_answer);
        *ret_answer = next;
    }
    return error;
}

static int show_fetched(struct api *api, char url[URL_MAX])
{
    ghm_answer *answer;
    for (; api->pages_count < PAGES_MAX; api->pages_count++) {
        int error = fetch(api, &answer, url);
        if (error == GHM_EINVAL)
            return command_usage("api", "\"%.200s\" is no path or URL of the configured host", url);
        if (error != GHM_OK) return command_failed(error, "%.200s", url);
        struct page page = {.head = asking_head_of(answer)};
        page.body.ptr = (const uint8_t *)ghm_answer_body(answer, &page.body.len);
        int code = show(api, &page);
        bool is_more = code == EXIT_DONE && api->asking->is_paginated && next_page(url, answer);
        ghm_answer_free(answer);
        if (!is_more) return code;
        if (api->asking->is_with_headers && !write_all("\n", 1)) return EXIT_LOCAL;
    }
    return EXIT_DONE;
}

/* ---- everything else: to GitHub ---- */

/* Whole, and of the configured host. false: it is not. */
static bool make_url(const struct api *api, char ret_url[URL_MAX], const char *path)
{
    char base[URL_MAX];
    const struct ghm_config_origin *origin = &api->cache->home.origin;
    const char *prefix = origin->prefix;
    const char *scheme = origin->is_tls ? "https" : "http";
    int len = snprintf(base, sizeof base, "%s://%s/", scheme, origin->host);
    if (strstr(path, "://") != NULL)
        return strncasecmp(path, base, (size_t)len) == 0 && copy_url(ret_url, path, strlen(path));
    if (api->is_graphql && strcmp(prefix, "/api/v3") == 0) prefix = "/api";
    len = snprintf(ret_url, URL_MAX, "%s://%s%s%s%s", scheme, origin->host, prefix,
                   *path == '/' ? "" : "/", path);
    return len > 0 && len < URL_MAX && strpbrk(path, " \r\n\t") == NULL;
}

static json_t *find_page_info(json_t *at)
{
    const char *name;
    json_t *value;
    size_t index;
    json_t *found = NULL;
    json_object_foreach(at, name, value)
    {
        if (strcmp(name, "pageInfo") == 0) return value;
        found = find_page_info(value);
        if (found != NULL) return found;
    }
    json_array_foreach(at, index, value)
    {
        found = find_page_info(value);
        if (found != NULL) return found;
    }
    return found;
}

/* The query's $endCursor becomes that of the page shown. false: that was the last. */
static bool next_cursor(struct api *api, const struct page *page)
{
    json_t *json = json_loadb((const char *)page->body.ptr, page->body.len, 0, NULL);
    json_t *info = find_page_info(json);
    json_t *cursor = json_object_get(info, "endCursor");
    bool is_more = json_is_true(json_object_get(info, "hasNextPage")) &&
                   json_string_length(cursor) > 0 &&
                   json_object_set(api->fields, "endCursor", cursor) == 0;
    json_decref(json);
    return is_more;
}

static bool fill_body(struct api *api)
{
    if (api->asking->input != NULL || api->fields == NULL) return true;
    api->has_body = true;
    return fields_as_body(&api->body, api->fields, api->is_graphql);
}

static int send_one(struct api *api, struct sent *sent, const char *url)
{
    const struct sending sending = {.method = api->method,
                                    .url = url,
                                    .headers = api->headers,
                                    .token = ghm_home_token(&api->cache->home),
                                    .has_body = api->has_body,
                                    .body = ghm_buf_bytes(&api->body)};
    return past_send(api->cache, &sending, sent);
}

/* One response, whichever way it came. */
struct got {
    ghm_answer *answer;
    struct sent sent;
    struct page page;
};

/* A query of GraphQL is for the cache, as the agent has it; whatever that does not take is sent. */
static int ask_query(struct api *api, struct got *got, const char *url)
{
    struct ghm_fetch_options options;
    ghm_fetch_options_init(&options);
    if (!api->is_graphql || !api->has_body || strcmp(api->method, "POST") != 0) return GHM_EINVAL;
    options.headers = api->headers;
    options.max_age_s = api->asking->max_age_s;
    options.timeout_ms = 0;
    options.body = (const char *)ghm_buf_bytes(&api->body).ptr;
    options.body_len = ghm_buf_len(&api->body);
    int error = ghm_fetch(api->cache, &got->answer, url, &options);
    if (error != GHM_OK) return error;
    got->page.head = asking_head_of(got->answer);
    got->page.body.ptr = (const uint8_t *)ghm_answer_body(got->answer, &got->page.body.len);
    return GHM_OK;
}

static int get_one(struct api *api, struct got *got, const char *url)
{
    int error = ask_query(api, got, url);
    if (error != GHM_EINVAL && error != GHM_ELIMIT) return error;
    error = send_one(api, &got->sent, url);
    got->page.head = (struct asking_head){.status = got->sent.status,
                                          .headers = ghm_buf_bytes(&got->sent.headers)};
    got->page.body = ghm_buf_bytes(&got->sent.body);
    return error;
}

static int show_sent(struct api *api, const char *path)
{
    char url[URL_MAX];
    bool is_more = true;
    int code = EXIT_DONE;
    if (!make_url(api, url, path))
        return command_usage("api", "\"%.200s\" is no path or URL of the configured host", path);
    for (; is_more && api->pages_count < PAGES_MAX; api->pages_count++) {
        struct got got = {.answer = NULL};
        if (!fill_body(api)) return command_failed(GHM_ENOMEM, "%.200s", url);
        int error = get_one(api, &got, url);
        if (error == GHM_OK) {
            code = show(api, &got.page);
            is_more = code == EXIT_DONE && api->asking->is_paginated && next_cursor(api, &got.page);
        }
        ghm_answer_free(got.answer);
        sent_free(&got.sent);
        if (error != GHM_OK) return command_failed(error, "%.200s", url);
        if (is_more && api->asking->is_with_headers && !write_all("\n", 1)) return EXIT_LOCAL;
    }
    return code;
}

/* ---- what is asked ---- */

static bool has_header(const struct api *api, const char *name)
{
    for (size_t i = 0; api->headers[i] != NULL; i++) {
        if (strncasecmp(api->headers[i], name, strlen(name)) == 0) return true;
    }
    return false;
}

static bool fill_headers(struct api *api)
{
    const char *at = api->asking->previews;
    size_t count = api->asking->headers_count;
    memcpy(api->headers, api->asking->headers, count * sizeof api->headers[0]);
    int len = snprintf(api->previews, sizeof api->previews, "Accept: ");
    while (at != NULL && *at != '\0' && len < (int)sizeof api->previews) {
        size_t name_len = strcspn(at, ",");
        len += snprintf(api->previews + len, sizeof api->previews - (size_t)len,
                        "%sapplication/vnd.github.%.*s-preview+json",
                        at == api->asking->previews ? "" : ", ", (int)name_len, at);
        at += name_len + (at[name_len] == ',' ? 1 : 0);
    }
    if (len >= (int)sizeof api->previews) return false;
    if (api->asking->previews != NULL)
        api->headers[count++] = api->previews;
    else if (!has_header(api, "accept:"))
        api->headers[count++] = "Accept: " ASKING_ACCEPT;
    bool is_sent = strcmp(api->method, "GET") != 0 || api->asking->input != NULL;
    if (is_sent && !has_header(api, "content-type:"))
        api->headers[count++] = "Content-Type: application/json; charset=utf-8";
    return true;
}

static bool has_per_page(const struct api *api, struct ghm_bytes path)
{
    if (json_object_get(api->fields, "per_page") != NULL) return true;
    for (size_t i = 0; i + 9 < path.len; i++) {
        if ((path.ptr[i] == '?' || path.ptr[i] == '&') &&
            memcmp(path.ptr + i + 1, "per_page=", 9) == 0)
            return true;
    }
    return false;
}

/* The path with what becomes its query. */
static bool fill_path(const struct api *api, struct ghm_buf *path)
{
    bool is_get = strcmp(api->method, "GET") == 0;
    if (!fields_fill(path, api->asking->path)) return false;
    path->end--; /* its 0 */
    int error = GHM_OK;
    if (api->asking->is_paginated && is_get && !has_per_page(api, ghm_buf_bytes(path))) {
        struct ghm_bytes bytes = ghm_buf_bytes(path);
        bool has_query = bytes.len > 0 && memchr(bytes.ptr, '?', bytes.len) != NULL;
        error = ghm_buf_append_text(path, has_query ? "&" PER_PAGE : "?" PER_PAGE);
    }
    bool is_query = api->fields != NULL && (is_get || api->asking->input != NULL);
    if (error == GHM_OK && is_query && !fields_as_query(path, api->fields)) return false;
    if (error == GHM_OK) error = ghm_buf_append(path, ghm_bytes("", 1));
    if (error != GHM_OK) (void)command_failed(error, "the path");
    return error == GHM_OK;
}

static int ask(struct api *api, const struct ghm_buf *path)
{
    char url[URL_MAX];
    struct ghm_bytes text = ghm_bytes_upto(ghm_buf_bytes(path), ghm_buf_len(path) - 1);
    if (!copy_url(url, (const char *)text.ptr, text.len))
        return command_usage("api", "the path is empty or longer than %d bytes", URL_MAX - 1);
    bool is_cached = strcmp(api->method, "GET") == 0 && api->asking->input == NULL;
    int code = is_cached ? show_fetched(api, url) : show_sent(api, (const char *)text.ptr);
    if (api->asking->is_slurped && code == EXIT_DONE && !write_all("]", 1)) return EXIT_LOCAL;
    bool is_shaped = api->shape != NULL && code == EXIT_DONE;
    return is_shaped && !shape_end(api->shape) ? EXIT_NO : code;
}

static int open_and_ask(struct api *api)
{
    struct ghm_buf path;
    int code = EXIT_LOCAL;
    ghm_buf_init(&path, NULL, (size_t)2 * URL_MAX + 65536);
    if (!fill_path(api, &path)) {
        code = EXIT_USAGE;
    } else if (!fill_headers(api)) {
        code = command_usage("api", "the names after -p are too long");
    } else {
        api->cache = command_open_anyhow(&code, api->asking->hostname);
        if (api->cache != NULL) code = ask(api, &path);
        ghm_close(api->cache);
        command_clean();
    }
    ghm_buf_fini(&path);
    return code;
}

/* As gh: a body or fields make it a POST. */
static const char *choose_method(const struct asking *asking, char ret_room[32])
{
    const char *method = asking->method;
    if (method == NULL) return asking->fields_count > 0 || asking->input != NULL ? "POST" : "GET";
    size_t len = strlen(method);
    for (size_t i = 0; i <= len; i++)
        ret_room[i] =
            (char)(method[i] >= 'a' && method[i] <= 'z' ? method[i] - ('a' - 'A') : method[i]);
    return ret_room;
}

int command_api(int argc, char **argv)
{
    char method[32];
    struct asking asking;
    struct api api = {.asking = &asking};
    const char *problem;
    if (!asking_parse(&asking, &problem, argc, argv)) return command_usage("api", "%s", problem);
    api.method = choose_method(&asking, method);
    api.is_graphql = strcmp(asking.path, "graphql") == 0;
    if (asking.template != NULL && (api.shape = shape_new(asking.template)) == NULL) return EXIT_NO;
    ghm_buf_init(&api.body, NULL, FIELDS_FILE_MAX);
    bool is_fine = true;
    if (asking.jq != NULL) is_fine = (api.filter = filter_new(asking.jq)) != NULL;
    if (is_fine && asking.fields_count > 0) is_fine = (api.fields = fields_read(&asking)) != NULL;
    if (is_fine && asking.input != NULL) {
        is_fine = fields_read_file(&api.body, asking.input);
        api.has_body = true;
    }
    int code = is_fine ? open_and_ask(&api) : EXIT_USAGE;
    shape_free(api.shape);
    json_decref(api.fields);
    ghm_buf_fini(&api.body);
    filter_free(api.filter);
    return code;
}

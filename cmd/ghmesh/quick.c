/* SPDX-License-Identifier: MIT */
/* What the store can answer without a node: no loop, no libcurl, no libcrypto is loaded for it. */
#include "quick.h"

#include "asking.h"
#include "command.h"
#include "io/home.h"
#include "write.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool open_home(struct ghm_home *ret_home)
{
    ghm_config *config = NULL;
    bool is_open = ghm_config_new(&config) == GHM_OK && ghm_home_open(ret_home, config) == GHM_OK;
    ghm_config_free(config);
    return is_open;
}

/* ---- api ---- */

/* Only what names a variant; any other header is for the full program to judge. */
static bool read_headers(struct ghm_request *request, const struct asking *asking)
{
    for (size_t i = 0; i < asking->headers_count; i++) {
        const char *line = asking->headers[i];
        const char *value = strchr(line, ':') + 1;
        value += strspn(value, " \t");
        size_t name_len = strcspn(line, ":");
        if (name_len == 6 && strncasecmp(line, "accept", 6) == 0)
            request->accept = ghm_bytes_text(value);
        else if (name_len == 20 && strncasecmp(line, "x-github-api-version", 20) == 0)
            request->api_version = ghm_bytes_text(value);
        else
            return false;
    }
    return true;
}

static int look_up(ghm_answer **ret_answer, struct ghm_home *home, const struct asking *asking)
{
    char target[4096];
    struct ghm_variant variant;
    struct ghm_identity identity;
    struct ghm_freshness_bound bound = {.has_max_age = asking->max_age_s >= 0};
    struct ghm_request request = {.method = ghm_bytes_text("GET"),
                                  .host = ghm_bytes_text(home->origin.host),
                                  .accept = ghm_bytes_text(ASKING_ACCEPT)};
    if (bound.has_max_age)
        bound.max_age_s = asking->max_age_s > UINT32_MAX ? UINT32_MAX : (uint32_t)asking->max_age_s;
    if (strstr(asking->path, "://") != NULL || !read_headers(&request, asking)) return GHM_EAGAIN;
    int len = snprintf(target, sizeof target, "%s%s%s", home->origin.prefix,
                       asking->path[0] == '/' ? "" : "/", asking->path);
    if (len < 0 || len >= (int)sizeof target) return GHM_EAGAIN;
    request.target = ghm_bytes(target, (size_t)len);
    int error = ghm_home_identity_quick(home, &identity, ghm_home_token(home));
    if (error == GHM_OK) error = ghm_variant_of_request(&variant, &request);
    if (error != GHM_OK) return error;
    return ghm_local_answer(&home->local, ret_answer, &variant, &identity, &bound,
                            ghm_home_github_ms(home));
}

static bool show(const ghm_answer *answer, bool is_with_headers)
{
    size_t len;
    const char *body = ghm_answer_body(answer, &len);
    struct asking_head head = asking_head_of(answer);
    if (is_with_headers && !asking_show_head(&head)) return false;
    return write_all(body, len);
}

int quick_api(int argc, char **argv)
{
    struct ghm_home home;
    struct asking asking;
    const char *problem;
    ghm_answer *answer;
    int code = QUICK_CANNOT;
    if (!asking_parse(&asking, &problem, argc, argv)) return QUICK_CANNOT;
    if (!asking_is_plain(&asking) || !open_home(&home)) return QUICK_CANNOT;
    /* Without a token of ours, the full program asks gh for its. */
    if (*ghm_home_token(&home) != '\0' && look_up(&answer, &home, &asking) == GHM_OK) {
        code = show(answer, asking.is_with_headers) ? EXIT_DONE : EXIT_LOCAL;
        ghm_answer_free(answer);
    }
    ghm_home_close(&home);
    return code;
}

/* ---- get ---- */

int quick_get(int argc, char **argv)
{
    struct ghm_home home;
    struct ghm_variant variant;
    struct ghm_identity identity;
    struct ghm_freshness_bound bound = {.has_max_age = false};
    ghm_answer *answer;
    int code = QUICK_CANNOT;
    if (argc != 2 || argv[1][0] == '-' || !open_home(&home)) return QUICK_CANNOT;
    if (*ghm_home_token(&home) != '\0' &&
        ghm_variant_of_key(&variant, ghm_bytes_text(argv[1])) == GHM_OK &&
        ghm_home_identity_quick(&home, &identity, ghm_home_token(&home)) == GHM_OK &&
        ghm_local_answer(&home.local, &answer, &variant, &identity, &bound,
                         ghm_home_github_ms(&home)) == GHM_OK) {
        code = show(answer, false) ? EXIT_DONE : EXIT_LOCAL;
        ghm_answer_free(answer);
    }
    ghm_home_close(&home);
    return code;
}

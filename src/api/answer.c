/* SPDX-License-Identifier: MIT */
#include "node/reply.h"

GHM_API int ghm_answer_status(const ghm_answer *answer)
{
    return answer->status;
}

GHM_API const char *ghm_answer_headers(const ghm_answer *answer, size_t *ret_len)
{
    *ret_len = answer->headers_len;
    return answer->bytes;
}

GHM_API const char *ghm_answer_body(const ghm_answer *answer, size_t *ret_len)
{
    *ret_len = answer->body_len;
    return answer->bytes + answer->headers_len + 1;
}

GHM_API enum ghm_source ghm_answer_source(const ghm_answer *answer)
{
    return answer->source;
}

GHM_API int64_t ghm_answer_age_ms(const ghm_answer *answer)
{
    return answer->age_ms;
}

GHM_API int64_t ghm_answer_ttl_s(const ghm_answer *answer)
{
    return answer->ttl_s;
}

GHM_API const char *ghm_answer_cache_status(const ghm_answer *answer)
{
    return answer->cache_status;
}

GHM_API void ghm_answer_free(ghm_answer *answer)
{
    ghm_reply_free(answer);
}

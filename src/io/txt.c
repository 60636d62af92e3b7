/* SPDX-License-Identifier: MIT */
#include "io/txt.h"

#include "wire/dns.h"

#include <resolv.h>

#define NAME_SIZE 256
#define ANSWER_MAX 65535

struct ghm_txt {
    uv_work_t work;
    ghm_txt_done *done; /* NULL: cancelled */
    void *context;
    char name[NAME_SIZE];
    int len; /* of the answer; negative: none */
    uint8_t answer[ANSWER_MAX];
};

/* ---- reading ---- */

/* The strings of one record make one text (RFC 7208 section 3.3 says so for SPF, and all do it). */
static int add_record(struct ghm_buf *texts, struct ghm_bytes data)
{
    struct ghm_bytes text;
    int error = GHM_OK;
    if (data.len == 0 || memchr(data.ptr, '\0', data.len) != NULL) return GHM_OK;
    if (data.len + 1 > texts->len_max - ghm_buf_len(texts)) return GHM_OK;
    while (error == GHM_OK && ghm_dns_text(&data, &text))
        error = ghm_buf_append(texts, text);
    return error == GHM_OK ? ghm_buf_append(texts, ghm_bytes("", 1)) : error;
}

int ghm_txt_read(struct ghm_buf *texts, struct ghm_bytes message)
{
    struct ghm_dns_reader reader;
    struct ghm_dns_header header;
    struct ghm_dns_record record;
    size_t count = 0;
    int error = ghm_dns_reader_init(&reader, &header, message);
    if (error != GHM_OK) return error;
    for (int i = 0; i < header.answers && count < GHM_TXT_COUNT_MAX; i++) {
        int more = ghm_dns_reader_record(&reader, &record);
        if (more <= 0) return more;
        if (record.type != GHM_DNS_TXT || record.class_id != GHM_DNS_CLASS_IN) continue;
        error = add_record(texts, record.data);
        if (error != GHM_OK) return error;
        count++;
    }
    return GHM_OK;
}

/* ---- asking ---- */

static void on_work(uv_work_t *work)
{
    struct ghm_txt *txt = work->data;
    struct __res_state resolver = {0};
    if (res_ninit(&resolver) != 0) return;
    resolver.retry = 2;
    txt->len =
        res_nquery(&resolver, txt->name, GHM_DNS_CLASS_IN, GHM_DNS_TXT, txt->answer, ANSWER_MAX);
    res_nclose(&resolver);
}

static void on_worked(uv_work_t *work, int status)
{
    struct ghm_txt *txt = work->data;
    struct ghm_buf texts;
    ghm_buf_init(&texts, NULL, GHM_TXT_LEN_MAX);
    bool has_answer = status == 0 && txt->len > 0 && txt->len <= ANSWER_MAX;
    /* Of a malformed answer, what was read before the fault is as good as any. */
    if (has_answer) (void)!ghm_txt_read(&texts, ghm_bytes(txt->answer, (size_t)txt->len));
    if (txt->done != NULL) txt->done(txt->context, ghm_buf_bytes(&texts));
    ghm_buf_fini(&texts);
    ghm_mem_free(NULL, txt, sizeof *txt);
}

int ghm_txt_lookup(struct ghm_txt **ret_txt, uv_loop_t *loop, const char *name, ghm_txt_done *done,
                   void *context)
{
    if (strlen(name) >= NAME_SIZE) return GHM_EINVAL;
    struct ghm_txt *txt = ghm_mem_alloc(NULL, sizeof *txt);
    if (txt == NULL) return GHM_ENOMEM;
    txt->work.data = txt;
    txt->done = done;
    txt->context = context;
    txt->len = -1;
    memcpy(txt->name, name, strlen(name) + 1);
    if (uv_queue_work(loop, &txt->work, on_work, on_worked) != 0) {
        ghm_mem_free(NULL, txt, sizeof *txt);
        return GHM_EIO;
    }
    *ret_txt = txt;
    return GHM_OK;
}

void ghm_txt_cancel(struct ghm_txt *txt)
{
    txt->done = NULL;
    (void)uv_cancel((uv_req_t *)&txt->work); /* under way already: its end frees it */
}

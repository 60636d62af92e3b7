/* SPDX-License-Identifier: MIT */
#include "mesh/announce.h"

#include "crypto/hash.h"
#include "hex.h"
#include "members.h"

#include <stdio.h>
#include <zstd.h>

#define DATE_MS INT64_C(1700000000000)

struct fixture {
    struct ghm_mem mem;
    struct ghm_announce_packer packer;
    struct ghm_buf out;
};

static void begin(struct fixture *f)
{
    ghm_mem_init(&f->mem, NULL, 4 << 20);
    ghm_announce_packer_init(&f->packer, &f->mem);
    ghm_buf_init(&f->out, &f->mem, GHM_ENVELOPE_PLAIN_MAX);
}

static void end(struct fixture *f)
{
    ghm_announce_packer_fini(&f->packer);
    ghm_buf_fini(&f->out);
    ghm_mem_fini(&f->mem);
}

static struct ghm_entry entry_of(struct ghm_bytes body)
{
    struct ghm_entry entry = {
        .kind = GHM_ENTRY_ORIGIN,
        .status = 200,
        .date_ms = DATE_MS,
        .ttl_s = 300,
        .identity = {{1, 2, 3}},
        .name = ghm_bytes_text("GET api.github.com/repos/o/r"),
        .headers = ghm_bytes_text("etag: \"x\"\ncontent-type: application/json\n"),
        .body = body,
    };
    ghm_hash_sha256(entry.body_sha256, body);
    return entry;
}

static int pack(struct fixture *f, const struct ghm_entry *entry)
{
    ghm_buf_clear(&f->out);
    return ghm_announce_pack(&f->out, &f->packer, entry);
}

static int unpack_bytes(struct fixture *f, struct ghm_entry *ret_entry, struct ghm_bytes plain)
{
    const char *reason = NULL;
    int error = ghm_announce_unpack(&f->packer, ret_entry, &reason, plain, DATE_MS);
    if (error != GHM_OK) assert_non_null(reason);
    return error;
}

static void assert_comes_back(struct fixture *f, const struct ghm_entry *sent)
{
    struct ghm_entry got;
    assert_int_equal(pack(f, sent), GHM_OK);
    assert_int_equal(unpack_bytes(f, &got, ghm_buf_bytes(&f->out)), GHM_OK);
    assert_int_equal(got.kind, sent->kind);
    assert_int_equal(got.status, sent->status);
    assert_true(got.date_ms == sent->date_ms);
    assert_int_equal(got.ttl_s, sent->ttl_s);
    assert_memory_equal(got.identity.fp, sent->identity.fp, 16);
    assert_memory_equal(got.body_sha256, sent->body_sha256, 32);
    assert_true(ghm_bytes_equal(got.name, sent->name));
    assert_true(ghm_bytes_equal(got.headers, sent->headers));
    assert_true(ghm_bytes_equal(got.body, sent->body));
    assert_true(got.from_peer); /* whatever the sender says of it */
}

static void small_goes_plain(void **state)
{
    (void)state;
    struct fixture f;
    struct ghm_entry entry = entry_of(ghm_bytes_text("{\"id\":1}"));
    begin(&f);
    assert_comes_back(&f, &entry);
    assert_int_equal(ghm_buf_bytes(&f.out).ptr[0], 0);
    assert_int_equal(ghm_load_be32(ghm_buf_bytes(&f.out).ptr + 1), ghm_entry_size(&entry));
    assert_int_equal(ghm_buf_len(&f.out), 5 + ghm_entry_size(&entry));
    assert_null(f.packer.pack); /* no context before one is needed */
    entry = entry_of(GHM_BYTES_NONE);
    entry.kind = GHM_ENTRY_PUT;
    assert_comes_back(&f, &entry);
    end(&f);
}

static void large_goes_packed(void **state)
{
    (void)state;
    struct fixture f;
    char *body = malloc(500000);
    assert_non_null(body);
    for (size_t i = 0; i < 500000; i++)
        body[i] = (char)("{\"login\":\"octocat\"},"[i % 20]);
    begin(&f);
    for (size_t len = 200; len <= 500000; len = len * 3 + 1) {
        struct ghm_entry entry = entry_of(ghm_bytes(body, len));
        assert_comes_back(&f, &entry);
        assert_int_equal(ghm_buf_bytes(&f.out).ptr[0], 1);
        assert_true(ghm_buf_len(&f.out) < ghm_entry_size(&entry));
    }
    end(&f);
    free(body);
}

/* Whether an entry of so many bytes of body travels with it. */
static bool is_whole(struct fixture *f, const uint8_t *body, size_t len)
{
    struct ghm_entry entry = entry_of(ghm_bytes(body, len));
    assert_int_equal(pack(f, &entry), GHM_OK);
    return ghm_buf_bytes(&f->out).ptr[0] != 2;
}

static void too_large_travels_without_its_body(void **state)
{
    (void)state;
    struct fixture f;
    struct ghm_entry got;
    struct ghm_entropy entropy = entropy_of(9);
    uint8_t *body = malloc(2 << 20);
    assert_non_null(body);
    ghm_entropy_fill(&entropy, body, 60000); /* nothing packs it */
    begin(&f);
    /* The most that fits, to the byte. */
    size_t fits = 0, over = 60000;
    while (over - fits > 1) {
        size_t len = fits + (over - fits) / 2;
        if (is_whole(&f, body, len))
            fits = len;
        else
            over = len;
    }
    struct ghm_entry entry = entry_of(ghm_bytes(body, fits));
    assert_comes_back(&f, &entry);
    assert_int_equal(f.packer.missing, 0);
    assert_int_equal(ghm_buf_len(&f.out), GHM_ENVELOPE_PLAIN_MAX);
    /* One more: all but the body comes back, with its hash and its length. */
    entry = entry_of(ghm_bytes(body, over));
    assert_int_equal(pack(&f, &entry), GHM_OK);
    assert_int_equal(unpack_bytes(&f, &got, ghm_buf_bytes(&f.out)), GHM_OK);
    assert_int_equal(f.packer.missing, over);
    assert_int_equal(got.body.len, 0);
    assert_memory_equal(got.body_sha256, entry.body_sha256, 32);
    assert_true(ghm_bytes_equal(got.name, entry.name) &&
                ghm_bytes_equal(got.headers, entry.headers));
    /* A raw form past its own bound, though it would pack to nothing. */
    memset(body, 'x', 2 << 20);
    assert_false(is_whole(&f, body, GHM_ANNOUNCE_ENTRY_MAX));
    end(&f);
    free(body);
}

static void larger_than_can_be_pulled_is_told_and_appends_nothing(void **state)
{
    (void)state;
    struct fixture f;
    uint8_t *body = calloc(1, GHM_PULL_BODY_MAX + 1);
    assert_non_null(body);
    begin(&f);
    assert_false(is_whole(&f, body, GHM_PULL_BODY_MAX));
    struct ghm_entry entry = entry_of(ghm_bytes(body, GHM_PULL_BODY_MAX + 1));
    assert_int_equal(pack(&f, &entry), GHM_ELIMIT);
    assert_int_equal(ghm_buf_len(&f.out), 0);
    /* Nor has a head room that does not fit alone. */
    memset(body, 'h', 50000);
    memcpy(body, "etag: \"", 7);
    body[49999] = '\n';
    entry = entry_of(ghm_bytes_text("x"));
    entry.headers = ghm_bytes(body, 50000);
    struct ghm_entropy entropy = entropy_of(9);
    for (size_t i = 7; i < 49999; i++) {
        uint8_t byte;
        ghm_entropy_fill(&entropy, &byte, 1);
        body[i] = (uint8_t)(33 + byte % 90);
    }
    (void)!pack(&f, &entry); /* packed it may fit */
    entry.body = ghm_bytes(body, GHM_ANNOUNCE_ENTRY_MAX);
    assert_int_equal(pack(&f, &entry), GHM_ELIMIT);
    end(&f);
    free(body);
}

/* Without a body, but of a length that no body has that is pulled; with one though it says not. */
static void lengths_of_missing_bodies_are_bounded(void **state)
{
    (void)state;
    static const struct {
        uint32_t len;
        int want;
    } cases[] = {{0, GHM_EPROTO},
                 {1, GHM_OK},
                 {GHM_PULL_BODY_MAX, GHM_OK},
                 {GHM_PULL_BODY_MAX + 1, GHM_EPROTO},
                 {UINT32_MAX, GHM_EPROTO}};
    struct fixture f;
    struct ghm_entry got, entry = entry_of(GHM_BYTES_NONE);
    begin(&f);
    assert_int_equal(pack(&f, &entry), GHM_OK);
    uint8_t *bytes = f.out.ptr + f.out.start;
    assert_int_equal(bytes[0], 0);
    bytes[0] = 2;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ghm_store_be32(bytes + 1, cases[i].len);
        assert_int_equal(unpack_bytes(&f, &got, ghm_buf_bytes(&f.out)), cases[i].want);
    }
    entry = entry_of(ghm_bytes_text("body"));
    assert_int_equal(pack(&f, &entry), GHM_OK);
    bytes = f.out.ptr + f.out.start;
    bytes[0] = 2;
    ghm_store_be32(bytes + 1, 4);
    assert_int_equal(unpack_bytes(&f, &got, ghm_buf_bytes(&f.out)), GHM_EPROTO);
    end(&f);
}

/* ---- what strangers to the rules send ---- */

static struct ghm_bytes packed_as(uint8_t *room, size_t size, uint32_t declared,
                                  struct ghm_bytes raw)
{
    room[0] = 1;
    ghm_store_be32(room + 1, declared);
    size_t len = ZSTD_compress(room + 5, size - 5, raw.ptr, raw.len, 19);
    assert_false(ZSTD_isError(len));
    return ghm_bytes(room, 5 + len);
}

static void bombs_are_refused_within_their_bound(void **state)
{
    (void)state;
    struct fixture f;
    struct ghm_entry entry;
    uint8_t room[8192];
    size_t bomb_len = 16 << 20;
    uint8_t *bomb = calloc(1, bomb_len);
    assert_non_null(bomb);
    static const uint32_t declared[] = {
        0, 1, 1000, GHM_ANNOUNCE_ENTRY_MAX, GHM_ANNOUNCE_ENTRY_MAX + 1, 16 << 20, UINT32_MAX};
    begin(&f);
    for (size_t i = 0; i < sizeof declared / sizeof declared[0]; i++) {
        struct ghm_bytes plain =
            packed_as(room, sizeof room, declared[i], ghm_bytes(bomb, bomb_len));
        assert_int_equal(unpack_bytes(&f, &entry, plain), GHM_EPROTO);
        assert_true(f.mem.peak_bytes <= GHM_ANNOUNCE_ENTRY_MAX);
    }
    end(&f);
    free(bomb);
}

static void declared_length_must_be_the_real_one(void **state)
{
    (void)state;
    struct fixture f;
    struct ghm_entry entry = entry_of(ghm_bytes_text("body"));
    struct ghm_buf raw;
    uint8_t room[1024];
    begin(&f);
    ghm_buf_init(&raw, &f.mem, 1024);
    assert_int_equal(ghm_entry_append(&raw, &entry), GHM_OK);
    uint32_t len = (uint32_t)ghm_buf_len(&raw);
    for (uint32_t declared = 0; declared < 2 * len; declared++) {
        int want = declared == len ? GHM_OK : GHM_EPROTO;
        struct ghm_bytes plain = packed_as(room, sizeof room, declared, ghm_buf_bytes(&raw));
        assert_int_equal(unpack_bytes(&f, &entry, plain), want);
        room[0] = 0;
        ghm_store_be32(room + 1, declared);
        memcpy(room + 5, ghm_buf_bytes(&raw).ptr, len);
        assert_int_equal(unpack_bytes(&f, &entry, ghm_bytes(room, 5 + len)), want);
    }
    for (unsigned packing = 2; packing < 256; packing++) {
        room[0] = (uint8_t)packing;
        ghm_store_be32(room + 1, len);
        assert_int_equal(unpack_bytes(&f, &entry, ghm_bytes(room, 5 + len)), GHM_EPROTO);
    }
    ghm_buf_fini(&raw);
    end(&f);
}

static void dates_ahead_are_refused(void **state)
{
    (void)state;
    struct fixture f;
    struct ghm_entry got, entry = entry_of(ghm_bytes_text("body"));
    const char *reason;
    begin(&f);
    assert_int_equal(pack(&f, &entry), GHM_OK);
    struct ghm_bytes plain = ghm_buf_bytes(&f.out);
    int64_t bound_ms = DATE_MS - GHM_ANNOUNCE_AHEAD_MAX_MS;
    assert_int_equal(ghm_announce_unpack(&f.packer, &got, &reason, plain, bound_ms), GHM_OK);
    assert_int_equal(ghm_announce_unpack(&f.packer, &got, &reason, plain, bound_ms - 1),
                     GHM_EAGAIN);
    assert_string_equal(reason, "an answer dated ahead of GitHub's time");
    entry.date_ms = INT64_MAX;
    assert_int_equal(pack(&f, &entry), GHM_OK);
    assert_int_equal(unpack_bytes(&f, &got, ghm_buf_bytes(&f.out)), GHM_EAGAIN);
    end(&f);
}

static void body_must_be_what_its_hash_says(void **state)
{
    (void)state;
    struct fixture f;
    struct ghm_entry got, entry = entry_of(ghm_bytes_text("body"));
    const char *reason;
    begin(&f);
    entry.body_sha256[31] ^= 1;
    assert_int_equal(pack(&f, &entry), GHM_OK);
    assert_int_equal(ghm_announce_unpack(&f.packer, &got, &reason, ghm_buf_bytes(&f.out), DATE_MS),
                     GHM_EPROTO);
    assert_string_equal(reason, "a body that is not what its hash says");
    end(&f);
}

/* The entry inside breaks the rules of entries; each would be a way to smuggle something. */
static void malformed_entries_are_refused(void **state)
{
    (void)state;
    struct fixture f;
    struct ghm_entry got, entry = entry_of(ghm_bytes_text("body"));
    begin(&f);
    entry.headers = ghm_bytes_text("etag: \"x\"\r\nset-cookie: a\n");
    assert_int_equal(pack(&f, &entry), GHM_OK);
    assert_int_equal(unpack_bytes(&f, &got, ghm_buf_bytes(&f.out)), GHM_EPROTO);
    entry = entry_of(ghm_bytes_text("body"));
    entry.name = ghm_bytes_text("GET a\nb");
    assert_int_equal(pack(&f, &entry), GHM_OK);
    assert_int_equal(unpack_bytes(&f, &got, ghm_buf_bytes(&f.out)), GHM_EPROTO);
    entry = entry_of(ghm_bytes_text("body"));
    entry.date_ms = -1;
    assert_int_equal(pack(&f, &entry), GHM_OK);
    assert_int_equal(unpack_bytes(&f, &got, ghm_buf_bytes(&f.out)), GHM_EPROTO);
    entry = entry_of(ghm_bytes_text("body"));
    entry.name = GHM_BYTES_NONE;
    assert_int_equal(pack(&f, &entry), GHM_ELIMIT);
    end(&f);
}

/* The envelope's tag guards the bytes; here nothing does. What is let through is at least whole:
 * a body that is what its hash says. */
static void check_hurt(struct ghm_bytes in, struct ghm_bytes whole, void *arg)
{
    struct fixture *f = arg;
    struct ghm_entry got;
    uint8_t hash[32];
    int error = unpack_bytes(f, &got, in);
    if (in.len < whole.len) assert_int_equal(error, GHM_EPROTO);
    if (error != GHM_OK) {
        assert_true(error == GHM_EPROTO || error == GHM_EAGAIN);
        return;
    }
    ghm_hash_sha256(hash, got.body);
    assert_memory_equal(hash, got.body_sha256, 32);
    assert_true(got.from_peer);
}

static void hurt_never_gives_a_wrong_body(void **state)
{
    (void)state;
    struct fixture f;
    char body[1200];
    for (size_t i = 0; i < sizeof body; i++)
        body[i] = (char)('a' + i * i % 23);
    begin(&f);
    for (size_t len = 20; len <= sizeof body; len += sizeof body - 20) {
        struct ghm_entry entry = entry_of(ghm_bytes(body, len));
        assert_int_equal(pack(&f, &entry), GHM_OK);
        struct hex whole = {.len = ghm_buf_len(&f.out)};
        memcpy(whole.bytes, ghm_buf_bytes(&f.out).ptr, whole.len);
        hurt_by_truncation(hex_bytes(&whole), check_hurt, &f);
        hurt_by_flip(hex_bytes(&whole), check_hurt, &f);
    }
    end(&f);
}

static void refused_memory_is_told(void **state)
{
    (void)state;
    char body[2000];
    memset(body, 'x', sizeof body);
    struct ghm_entry got, entry = entry_of(ghm_bytes(body, sizeof body));
    for (uint64_t fail = 1; fail <= 3; fail++) {
        struct fixture f;
        begin(&f);
        f.mem.fail_after = fail;
        int error = pack(&f, &entry);
        assert_int_equal(error, fail <= 2 ? GHM_ENOMEM : GHM_OK);
        f.mem.fail_after = 0;
        assert_int_equal(pack(&f, &entry), GHM_OK);
        ghm_buf_fini(&f.packer.raw);
        f.mem.fail_after = 1;
        assert_int_equal(unpack_bytes(&f, &got, ghm_buf_bytes(&f.out)), GHM_ENOMEM);
        assert_int_equal(unpack_bytes(&f, &got, ghm_buf_bytes(&f.out)), GHM_OK);
        end(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_goes_plain),
        cmocka_unit_test(large_goes_packed),
        cmocka_unit_test(too_large_travels_without_its_body),
        cmocka_unit_test(larger_than_can_be_pulled_is_told_and_appends_nothing),
        cmocka_unit_test(lengths_of_missing_bodies_are_bounded),
        cmocka_unit_test(bombs_are_refused_within_their_bound),
        cmocka_unit_test(declared_length_must_be_the_real_one),
        cmocka_unit_test(dates_ahead_are_refused),
        cmocka_unit_test(body_must_be_what_its_hash_says),
        cmocka_unit_test(malformed_entries_are_refused),
        cmocka_unit_test(hurt_never_gives_a_wrong_body),
        cmocka_unit_test(refused_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

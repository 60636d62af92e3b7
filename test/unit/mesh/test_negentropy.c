/* SPDX-License-Identifier: MIT */
#include "mesh/negentropy.h"

#include "crypto/hash.h"
#include "hex.h"
#include "members.h"
#include "negentropy.h"

#include <stdio.h>

/* A side with its items, all on the heap. */
struct party {
    struct ghm_negentropy *side;
    struct ghm_negentropy_item *items;
    size_t count;
    uint8_t *have;
    uint8_t *needed; /* by the other side's number */
};

struct pair {
    struct party client;
    struct party server;
    size_t bytes;
    size_t messages;
    uint8_t (*said)[GHM_NEGENTROPY_MESSAGE_MAX]; /* one of each side */
};

static int compare_items(const void *a, const void *b)
{
    const struct ghm_negentropy_item *x = a;
    const struct ghm_negentropy_item *y = b;
    return ghm_range_compare(&x->place, &y->place);
}

static void *need_memory(size_t size)
{
    void *block = calloc(1, size + 1);
    assert_non_null(block);
    return block;
}

static void begin_party(struct party *party, size_t count_max)
{
    party->side = need_memory(sizeof *party->side);
    party->items = need_memory(count_max * sizeof *party->items);
    party->count = 0;
}

static void add(struct party *party, uint64_t timestamp, uint32_t mark,
                const uint8_t id[GHM_RANGE_ID_LEN])
{
    struct ghm_negentropy_item *item = &party->items[party->count++];
    item->place.timestamp = timestamp;
    item->mark = mark;
    memcpy(item->place.id, id, GHM_RANGE_ID_LEN);
}

static void start(struct pair *pair, size_t message_max)
{
    struct party *client = &pair->client;
    struct party *server = &pair->server;
    qsort(client->items, client->count, sizeof *client->items, compare_items);
    qsort(server->items, server->count, sizeof *server->items, compare_items);
    client->have = need_memory(GHM_BITSET_SIZE(client->count));
    client->needed = need_memory(GHM_BITSET_SIZE(server->count));
    server->have = NULL;
    server->needed = NULL;
    ghm_negentropy_init(client->side, client->items, client->count, client->have, message_max);
    ghm_negentropy_init(server->side, server->items, server->count, NULL, message_max);
    pair->said = need_memory(2 * sizeof *pair->said);
    pair->bytes = 0;
    pair->messages = 0;
}

static void end_party(struct party *party)
{
    free(party->side);
    free(party->items);
    free(party->have);
    free(party->needed);
}

static void end(struct pair *pair)
{
    end_party(&pair->client);
    end_party(&pair->server);
    free(pair->said);
}

/* The need bits of the client's last message, as numbers of the server's items. */
static void note_needs(struct pair *pair)
{
    const struct ghm_negentropy *client = pair->client.side;
    const struct ghm_negentropy *server = pair->server.side;
    size_t count = client->listed_count;
    assert_true(count <= server->listed_count);
    for (size_t i = 0; (i = ghm_bitset_next(client->need, count, i)) < count; i++) {
        assert_false(ghm_bitset_has(pair->client.needed, server->listed[i]));
        ghm_bitset_add(pair->client.needed, server->listed[i]);
    }
}

static void look(struct pair *pair, const struct negentropy_vector *vector, size_t len, int who)
{
    uint8_t hash[GHM_HASH_LEN];
    assert_true(len <= pair->client.side->message_max);
    pair->bytes += len;
    if (vector != NULL) {
        struct hex want = hex_of(vector->messages[pair->messages].sha256);
        assert_int_equal(len, vector->messages[pair->messages].len);
        ghm_hash_sha256(hash, ghm_bytes(pair->said[who], len));
        assert_memory_equal(hash, want.bytes, sizeof hash);
    }
    pair->messages++;
}

static void run(struct pair *pair, const struct negentropy_vector *vector)
{
    size_t len = ghm_negentropy_begin(pair->client.side, pair->said[0]);
    while (len > 0) {
        look(pair, vector, len, 0);
        assert_int_equal(ghm_negentropy_hear(pair->server.side, pair->said[1], &len,
                                             ghm_bytes(pair->said[0], len)),
                         GHM_OK);
        look(pair, vector, len, 1);
        assert_int_equal(ghm_negentropy_hear(pair->client.side, pair->said[0], &len,
                                             ghm_bytes(pair->said[1], len)),
                         GHM_OK);
        note_needs(pair);
    }
}

static size_t count_bits(const uint8_t *bits, size_t count)
{
    size_t found = 0;
    for (size_t i = 0; (i = ghm_bitset_next(bits, count, i)) < count; i++)
        found++;
    return found;
}

static size_t count_have(const struct pair *pair)
{
    return count_bits(pair->client.have, pair->client.count);
}

static size_t count_need(const struct pair *pair)
{
    return count_bits(pair->client.needed, pair->server.count);
}

/* ---- as others say it ---- */

static bool is_missing(size_t i, size_t divisor, size_t remainder)
{
    return divisor != 0 && i % divisor == remainder;
}

static void the_same_is_said_as_elsewhere(void **state)
{
    (void)state;
    (void)fingerprint_vectors;
    for (size_t v = 0; v < sizeof negentropy_vectors / sizeof negentropy_vectors[0]; v++) {
        const struct negentropy_vector *vector = &negentropy_vectors[v];
        struct pair pair;
        begin_party(&pair.client, vector->n);
        begin_party(&pair.server, vector->n);
        for (size_t i = 0; i < vector->n; i++) {
            char text[32];
            uint8_t id[GHM_HASH_LEN];
            uint64_t timestamp = 1700000000 + i * 7919 % vector->spread;
            (void)snprintf(text, sizeof text, "item %zu", i);
            ghm_hash_sha256(id, ghm_bytes_text(text));
            if (!is_missing(i, vector->client_divisor, vector->client_remainder))
                add(&pair.client, timestamp, 0, id);
            if (!is_missing(i, vector->server_divisor, vector->server_remainder))
                add(&pair.server, timestamp, 0, id);
        }
        start(&pair, GHM_NEGENTROPY_MESSAGE_MAX);
        run(&pair, vector);
        assert_int_equal(pair.messages, vector->messages_count);
        assert_int_equal(count_have(&pair), vector->have);
        assert_int_equal(count_need(&pair), vector->need);
        end(&pair);
    }
}

/* ---- both learn exactly the difference ---- */

struct wish {
    size_t count;
    uint64_t spread;       /* of timestamps */
    uint64_t client_lacks; /* of 1000 */
    uint64_t server_lacks;
    size_t message_max;
};

/* mark 1: the other has it too */
static void fill(struct pair *pair, const struct wish *wish, struct ghm_entropy *entropy)
{
    begin_party(&pair->client, wish->count);
    begin_party(&pair->server, wish->count);
    for (size_t i = 0; i < wish->count; i++) {
        uint8_t id[GHM_RANGE_ID_LEN];
        ghm_entropy_fill(entropy, id, sizeof id);
        uint64_t timestamp = ghm_entropy_below(entropy, wish->spread);
        bool of_client = ghm_entropy_below(entropy, 1000) >= wish->client_lacks;
        bool of_server = ghm_entropy_below(entropy, 1000) >= wish->server_lacks;
        if (of_client) add(&pair->client, timestamp, of_server ? 1 : 0, id);
        if (of_server) add(&pair->server, timestamp, of_client ? 1 : 0, id);
    }
    start(pair, wish->message_max);
}

static void assert_exact(const struct pair *pair)
{
    assert_false(pair->client.side->is_cut);
    for (size_t i = 0; i < pair->client.count; i++)
        assert_int_equal(ghm_bitset_has(pair->client.have, i), pair->client.items[i].mark == 0);
    for (size_t i = 0; i < pair->server.count; i++)
        assert_int_equal(ghm_bitset_has(pair->client.needed, i), pair->server.items[i].mark == 0);
}

static void both_learn_exactly_the_difference(void **state)
{
    (void)state;
    static const uint64_t lacks[] = {0, 1, 30, 500, 1000};
    static const uint64_t spreads[] = {1, 20, 100000};
    static const size_t counts[] = {1, 15, 16, 31, 32, 33, 600, 4000};
    struct ghm_entropy entropy = entropy_of(41);
    for (size_t n = 0; n < 5 * 5 * 3 * 8; n++) {
        struct wish wish = {.count = counts[n % 8],
                            .spread = spreads[n / 8 % 3],
                            .client_lacks = lacks[n / 24 % 5],
                            .server_lacks = lacks[n / 120],
                            .message_max = GHM_NEGENTROPY_MESSAGE_MAX};
        struct pair pair;
        fill(&pair, &wish, &entropy);
        run(&pair, NULL);
        assert_exact(&pair);
        end(&pair);
    }
}

static void short_messages_take_more_rounds_to_the_same_end(void **state)
{
    (void)state;
    struct ghm_entropy entropy = entropy_of(42);
    static const uint64_t lacks[] = {0, 10, 100, 1000};
    for (size_t n = 0; n < 16; n++) {
        struct wish wish = {.count = 900,
                            .spread = 200,
                            .client_lacks = lacks[n % 4],
                            .server_lacks = lacks[n / 4],
                            .message_max = GHM_NEGENTROPY_MESSAGE_MIN};
        struct pair pair;
        fill(&pair, &wish, &entropy);
        run(&pair, NULL);
        assert_exact(&pair);
        end(&pair);
    }
}

/* Whoever comes late is told the first in the order, and the rest another time. */
static void rounds_are_bounded_and_the_first_come_first(void **state)
{
    (void)state;
    struct ghm_entropy entropy = entropy_of(43);
    struct wish wish = {.count = 20000,
                        .spread = 1000,
                        .client_lacks = 1000,
                        .message_max = GHM_NEGENTROPY_MESSAGE_MIN};
    struct pair pair;
    fill(&pair, &wish, &entropy);
    run(&pair, NULL);
    assert_true(pair.client.side->is_cut);
    assert_int_equal(pair.messages, 2 * GHM_NEGENTROPY_ROUNDS_MAX);
    size_t told = count_need(&pair);
    assert_true(told > 3000);
    for (size_t i = 0; i < pair.server.count; i++)
        assert_int_equal(ghm_bitset_has(pair.client.needed, i), i < told);
    /* The responder counts too: a client of another make could go on for ever. */
    size_t len;
    assert_int_equal(
        ghm_negentropy_hear(pair.server.side, pair.said[1], &len, ghm_bytes("\x61\0\0\2\0", 5)),
        GHM_EPROTO);
    assert_string_equal(pair.server.side->reason, "too many rounds");
    end(&pair);
}

/* ---- what it costs ---- */

static void figures(const char *name, const struct pair *pair)
{
    print_message("%s: %zu and %zu items, %zu and %zu differ: %zu bytes, %zu messages\n", name,
                  pair->client.count, pair->server.count, count_have(pair), count_need(pair),
                  pair->bytes, pair->messages);
}

static void equal_sets_cost_little(void **state)
{
    (void)state;
    struct ghm_entropy entropy = entropy_of(44);
    struct wish wish = {.count = 100000, .spread = 3600, .message_max = GHM_NEGENTROPY_MESSAGE_MAX};
    struct pair pair;
    fill(&pair, &wish, &entropy);
    run(&pair, NULL);
    figures("equal", &pair);
    assert_exact(&pair);
    assert_true(pair.bytes <= 400);
    end(&pair);
}

/* The server lacks them: nothing of them is listed, for it has none to compare with. */
static void the_newest_thousand_cost_little(void **state)
{
    (void)state;
    for (int lacking = 0; lacking < 2; lacking++) {
        struct ghm_entropy entropy = entropy_of(45);
        struct pair pair;
        begin_party(&pair.client, 100000);
        begin_party(&pair.server, 100000);
        for (uint32_t i = 0; i < 100000; i++) {
            uint8_t id[GHM_RANGE_ID_LEN];
            ghm_entropy_fill(&entropy, id, sizeof id);
            if (i >= 1000 || lacking == 1) add(&pair.client, 1000 + i / 28, i >= 1000, id);
            if (i >= 1000 || lacking == 0) add(&pair.server, 1000 + i / 28, i >= 1000, id);
        }
        start(&pair, GHM_NEGENTROPY_MESSAGE_MAX);
        run(&pair, NULL);
        figures(lacking == 0 ? "newest, client lacks" : "newest, server lacks", &pair);
        assert_exact(&pair);
        assert_true(pair.bytes <= (lacking == 0 ? 36000 : 3000));
        end(&pair);
    }
}

/* ---- what strangers to the rules say ---- */

static void begin_small(struct pair *pair)
{
    struct ghm_entropy entropy = entropy_of(46);
    struct wish wish = {.count = 100,
                        .spread = 10,
                        .client_lacks = 100,
                        .server_lacks = 100,
                        .message_max = GHM_NEGENTROPY_MESSAGE_MAX};
    fill(pair, &wish, &entropy);
}

/* Every cut and every flipped bit of a real exchange is refused with a reason or answered within
 * bounds; what is refused here is never taken for something else. */
static void hurt_messages_are_refused_or_answered(void **state)
{
    (void)state;
    struct pair pair;
    begin_small(&pair);
    uint8_t *message = pair.said[0];
    uint8_t *answer = pair.said[1];
    size_t len = ghm_negentropy_begin(pair.client.side, message);
    for (size_t bit = 0; bit < 9 * len; bit++) {
        size_t cut = bit < 8 * len ? len : bit - 8 * len;
        size_t answer_len = 0;
        if (bit < 8 * len) message[bit / 8] ^= (uint8_t)(1U << bit % 8);
        uint8_t *copy = need_memory(cut);
        memcpy(copy, message, cut);
        pair.server.side->rounds = 0;
        int error =
            ghm_negentropy_hear(pair.server.side, answer, &answer_len, ghm_bytes(copy, cut));
        if (error != GHM_OK)
            assert_true(*pair.server.side->reason != '\0');
        else
            assert_true(answer_len >= 1 && answer_len <= GHM_NEGENTROPY_MESSAGE_MAX);
        if (bit < 8 * len) message[bit / 8] ^= (uint8_t)(1U << bit % 8);
        free(copy);
    }
    end(&pair);
}

static void an_id_twice_is_refused(void **state)
{
    (void)state;
    struct pair pair;
    uint8_t message[5 + 3 * 32] = {0x61, 0, 0, 2, 3};
    size_t len;
    begin_small(&pair);
    (void)ghm_negentropy_begin(pair.client.side, pair.said[0]);
    message[5] = 1;
    message[5 + 32] = 2;
    message[5 + 64] = 1;
    assert_int_equal(ghm_negentropy_hear(pair.client.side, pair.said[0], &len,
                                         ghm_bytes(message, sizeof message)),
                     GHM_EPROTO);
    assert_string_equal(pair.client.side->reason, "an id twice in a list");
    end(&pair);
}

static void a_message_too_long_is_refused(void **state)
{
    (void)state;
    struct pair pair;
    size_t len;
    uint8_t *message = need_memory(GHM_NEGENTROPY_MESSAGE_MAX + 1);
    begin_small(&pair);
    message[0] = GHM_RANGE_VERSION;
    memcpy(message + 1, "\0\0\2\x8f\x7f", 5); /* one list of 2047 */
    assert_int_equal(ghm_negentropy_hear(pair.server.side, pair.said[1], &len,
                                         ghm_bytes(message, 6 + 2047 * 32)),
                     GHM_OK);
    assert_int_equal(ghm_negentropy_hear(pair.server.side, pair.said[1], &len,
                                         ghm_bytes(message, GHM_NEGENTROPY_MESSAGE_MAX + 1)),
                     GHM_EPROTO);
    assert_string_equal(pair.server.side->reason, "a message too long");
    free(message);
    end(&pair);
}

static void another_version_is_answered_with_ours(void **state)
{
    (void)state;
    struct pair pair;
    size_t len;
    begin_small(&pair);
    assert_int_equal(
        ghm_negentropy_hear(pair.server.side, pair.said[1], &len, ghm_bytes("\x62whatever", 9)),
        GHM_OK);
    assert_int_equal(len, 1);
    assert_int_equal(pair.said[1][0], GHM_RANGE_VERSION);
    assert_int_equal(
        ghm_negentropy_hear(pair.client.side, pair.said[0], &len, ghm_bytes("\x60", 1)),
        GHM_EPROTO);
    assert_string_equal(pair.client.side->reason, "another version");
    end(&pair);
}

/* As many ranges as can be, each with a fingerprint that is none of ours. */
static void many_ranges_are_answered_within_a_message(void **state)
{
    (void)state;
    struct ghm_entropy entropy = entropy_of(47);
    struct wish wish = {.count = 3400, .spread = 3400, .message_max = GHM_NEGENTROPY_MESSAGE_MAX};
    struct pair pair;
    struct ghm_range_writer writer;
    static const uint8_t print[GHM_RANGE_FINGERPRINT_LEN] = {1};
    size_t len;
    fill(&pair, &wish, &entropy);
    ghm_range_begin(&writer, pair.said[0], GHM_NEGENTROPY_MESSAGE_MAX);
    for (uint64_t i = 1; writer.len + 21 <= GHM_NEGENTROPY_MESSAGE_MAX; i++) {
        struct ghm_range_bound bound = {.place = {.timestamp = i}};
        ghm_range_write_fingerprint(&writer, &bound, print);
    }
    assert_int_equal(ghm_negentropy_hear(pair.server.side, pair.said[1], &len,
                                         ghm_bytes(pair.said[0], writer.len)),
                     GHM_OK);
    assert_true(len > 60000 && len <= GHM_NEGENTROPY_MESSAGE_MAX);
    end(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_is_said_as_elsewhere),
        cmocka_unit_test(both_learn_exactly_the_difference),
        cmocka_unit_test(short_messages_take_more_rounds_to_the_same_end),
        cmocka_unit_test(rounds_are_bounded_and_the_first_come_first),
        cmocka_unit_test(equal_sets_cost_little),
        cmocka_unit_test(the_newest_thousand_cost_little),
        cmocka_unit_test(hurt_messages_are_refused_or_answered),
        cmocka_unit_test(an_id_twice_is_refused),
        cmocka_unit_test(a_message_too_long_is_refused),
        cmocka_unit_test(another_version_is_answered_with_ours),
        cmocka_unit_test(many_ranges_are_answered_within_a_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

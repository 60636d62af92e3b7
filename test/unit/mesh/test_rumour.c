/* SPDX-License-Identifier: MIT */
#include "fleet.h"

#include "gossip/router.h"
#include "mesh/letter.h"
#include "mesh/rumour.h"

#include <stdio.h>

#define S GHM_NS_PER_S
#define COUNTED(fleet, node, name) atomic_load(&(fleet)->nodes[node].shared->counters.name)

static struct ghm_mesh *mesh_of(struct fleet *fleet, int node)
{
    return fleet->nodes[node].mesh;
}

static struct ghm_bytes topic_of(struct fleet *fleet, int node)
{
    return ghm_bytes_text(mesh_of(fleet, node)->topics[0]);
}

static void say(struct fleet *fleet, int node, const char *body)
{
    assert_int_equal(fleet_announce(fleet, node, ghm_bytes_text(body)), GHM_OK);
    fleet_settle(fleet);
}

/* How many of a node's letters went by gossip. */
static uint64_t published(struct fleet *fleet, int node)
{
    return ghm_gossip_counts(mesh_of(fleet, node)->gossip)->published;
}

static double score(struct fleet *fleet, int judge, int judged)
{
    return ghm_gossip_score(mesh_of(fleet, judge)->gossip, &fleet->nodes[judged].id);
}

/* 0 - 1 - 2 ...: each is connected to the one before. Meshes form with the heartbeats. */
static void join_line(struct fleet *fleet)
{
    for (int node = 1; node < fleet->nodes_count; node++)
        fleet_bootstrap(fleet, node, node - 1);
    fleet_pass(fleet, 3 * S);
}

static struct fleet *line_new(int count)
{
    struct fleet *fleet = fleet_new_speaking(count, SECRET_A, ghm_mesh_protocols);
    join_line(fleet);
    return fleet;
}

/* Node 1 holds no secret, subscribes to the others' topic and passes on what it cannot read, as an
 * unmodified peer does. */
static struct fleet *relayed_new(int count)
{
    struct fleet *fleet = fleet_new_speaking(count, SECRET_A, ghm_mesh_protocols);
    fleet->nodes[1].is_relay = true;
    assert_int_equal(
        ghm_gossip_subscribe(mesh_of(fleet, 1)->gossip, topic_of(fleet, 0), fleet->now_ns), GHM_OK);
    join_line(fleet);
    return fleet;
}

/* ---- who hears what ---- */

static void all_of_gossip_s_protocols_are_ours(void **state)
{
    (void)state;
    for (size_t i = 0; ghm_gossip_protocols[i] != NULL; i++) {
        bool is_there = false;
        for (size_t j = 0; ghm_mesh_protocols[j] != NULL; j++)
            is_there |= strcmp(ghm_gossip_protocols[i], ghm_mesh_protocols[j]) == 0;
        assert_true(is_there);
    }
}

static void member_is_told_once_and_by_gossip(void **state)
{
    (void)state;
    struct fleet *fleet = line_new(2);
    say(fleet, 0, "hello");
    assert_int_equal(fleet_learned(fleet, 1, "hello"), 1);
    assert_int_equal(published(fleet, 0), 1);
    assert_int_equal(COUNTED(fleet, 0, announces_sent), 1);
    assert_int_equal(COUNTED(fleet, 1, announces_received), 1);
    assert_int_equal(COUNTED(fleet, 1, announces_refused), 0);
    fleet_free(fleet);
}

/* Its word comes from afar, in its own name. */
static void members_pass_on_what_they_hear(void **state)
{
    (void)state;
    struct fleet *fleet = line_new(5);
    say(fleet, 0, "from one end");
    say(fleet, 4, "from the other");
    for (int node = 1; node < 5; node++)
        assert_int_equal(fleet_learned(fleet, node, "from one end"), 1);
    for (int node = 0; node < 4; node++)
        assert_int_equal(fleet_learned(fleet, node, "from the other"), 1);
    const struct fleet_told *last = &fleet->nodes[0].told[fleet->nodes[0].told_count - 1];
    assert_true(ghm_peerid_equal(&last->peer, &fleet->nodes[4].id));
    fleet_free(fleet);
}

static void one_without_the_secret_passes_on_what_it_cannot_read(void **state)
{
    (void)state;
    struct fleet *fleet = relayed_new(3);
    assert_int_equal(ghm_mesh_members_count(mesh_of(fleet, 0)), 0);
    assert_true(ghm_mesh_is_heard(mesh_of(fleet, 0)));
    say(fleet, 0, "to the other side");
    say(fleet, 2, "and back");
    assert_int_equal(fleet_learned(fleet, 2, "to the other side"), 1);
    assert_int_equal(fleet_learned(fleet, 0, "and back"), 1);
    fleet_free(fleet);
}

/* By the default scores, those of sixty members behind one address would not be heard. */
static void shared_address_is_no_fault(void **state)
{
    (void)state;
    struct fleet *fleet = line_new(2);
    assert_true(mesh_of(fleet, 0)->gossip->router.score_params.place_weight >= 0);
    fleet_free(fleet);
}

static void nobody_is_told_nothing(void **state)
{
    (void)state;
    struct fleet *fleet = fleet_new_speaking(1, SECRET_A, ghm_mesh_protocols);
    assert_false(ghm_mesh_is_heard(mesh_of(fleet, 0)));
    say(fleet, 0, "hello");
    assert_int_equal(published(fleet, 0), 0);
    fleet_free(fleet);
}

/* A member of an earlier release knows no gossip. */
static void member_without_gossip_is_told_straight(void **state)
{
    (void)state;
    struct fleet *fleet = fleet_new(3, SECRET_A);
    fleet->protocols = ghm_mesh_protocols;
    for (int node = 0; node < 2; node++) {
        fleet_stop(fleet, node, true);
        fleet_start(fleet, node, SECRET_A);
    }
    fleet_bootstrap(fleet, 0, 1);
    fleet_bootstrap(fleet, 0, 2);
    fleet_bootstrap(fleet, 1, 2);
    fleet_pass(fleet, 3 * S);
    say(fleet, 0, "both ways");
    say(fleet, 2, "from the old one");
    assert_int_equal(fleet_learned(fleet, 1, "both ways"), 1);
    assert_int_equal(fleet_learned(fleet, 2, "both ways"), 1);
    assert_int_equal(fleet_learned(fleet, 0, "from the old one"), 1);
    assert_int_equal(fleet_learned(fleet, 1, "from the old one"), 1);
    assert_int_equal(COUNTED(fleet, 0, announces_sent), 2);
    fleet_free(fleet);
}

/* What is told in the very moment in which two become members goes straight. */
static void word_of_the_first_moment_is_not_lost(void **state)
{
    (void)state;
    struct fleet *fleet = fleet_new_speaking(2, SECRET_A, ghm_mesh_protocols);
    fleet_bootstrap(fleet, 0, 1);
    fleet_settle(fleet);
    say(fleet, 0, "early");
    say(fleet, 1, "early too");
    assert_int_equal(fleet_learned(fleet, 1, "early"), 1);
    assert_int_equal(fleet_learned(fleet, 0, "early too"), 1);
    fleet_free(fleet);
}

/* One topic for each secret: the first is spoken, all are heard. */
static void rotating_members_meet_on_both_topics(void **state)
{
    (void)state;
    static const char *const secrets[] = {SECRET_A, SECRET_B "," SECRET_A, SECRET_B};
    struct fleet *fleet = fleet_new_speaking(3, SECRET_A, ghm_mesh_protocols);
    for (int node = 1; node < 3; node++) {
        fleet_stop(fleet, node, true);
        fleet_start(fleet, node, secrets[node]);
    }
    join_line(fleet);
    say(fleet, 0, "old");
    say(fleet, 1, "first of two");
    say(fleet, 2, "new");
    assert_int_equal(fleet_learned(fleet, 1, "old"), 1);
    assert_int_equal(fleet_learned(fleet, 2, "first of two"), 1);
    assert_int_equal(fleet_learned(fleet, 1, "new"), 1);
    assert_int_equal(fleet_learned(fleet, 0, "first of two"), 0);
    assert_int_equal(COUNTED(fleet, 0, announces_refused), 1); /* told straight, and says so */
    fleet_free(fleet);
}

/* After a restart its numbers are higher, and so it is heard, though its connection is new and the
 * clock of the others has not moved; with numbers that begin again it is not. */
static void restarted_member_is_heard_if_its_numbers_rise(void **state)
{
    (void)state;
    for (int is_rising = 0; is_rising < 2; is_rising++) {
        struct fleet *fleet = line_new(3);
        say(fleet, 2, "before");
        fleet_stop(fleet, 2, false);
        if (!is_rising) fleet->nodes[2].starts--;
        fleet_start(fleet, 2, SECRET_A);
        fleet_bootstrap(fleet, 2, 1);
        fleet_pass(fleet, 3 * S);
        say(fleet, 2, "after");
        assert_int_equal(fleet_learned(fleet, 0, "after"), is_rising);
        fleet_free(fleet);
    }
}

/* ---- what is refused, and who is at fault ---- */

/* A letter of `node` as `ghm_letter_write` makes it, in its mesh->sealed. */
static void write_letter(struct fleet *fleet, int node, const char *body, int64_t ahead_ms)
{
    struct ghm_entry entry = fleet_entry(fleet, ghm_bytes_text(body));
    assert_int_equal(ghm_letter_write(mesh_of(fleet, node), &entry, fleet->now_ms + ahead_ms),
                     GHM_OK);
}

static void publish(struct fleet *fleet, int node, struct ghm_bytes topic, struct ghm_bytes data)
{
    struct ghm_gossip *gossip = mesh_of(fleet, node)->gossip;
    assert_int_equal(ghm_gossip_publish(gossip, topic, data, fleet->now_ns), GHM_OK);
    fleet_settle(fleet);
}

static void publish_letter(struct fleet *fleet, int node)
{
    publish(fleet, node, topic_of(fleet, 0), ghm_buf_bytes(&mesh_of(fleet, node)->sealed));
}

static void assert_refused(struct fleet *fleet, int node, const char *body, uint64_t count)
{
    assert_int_equal(fleet_learned(fleet, node, body), 0);
    assert_int_equal(COUNTED(fleet, node, announces_refused), count);
}

static void bad_letter_of_a_member_costs_its_standing(void **state)
{
    (void)state;
    struct fleet *fleet = line_new(2);
    double before = score(fleet, 0, 1);
    assert_true(before >= GHM_RUMOUR_MEMBER_SCORE);
    write_letter(fleet, 1, "spoilt", 0);
    mesh_of(fleet, 1)->sealed.ptr[mesh_of(fleet, 1)->sealed.end - 1] ^= 1;
    publish_letter(fleet, 1);
    assert_refused(fleet, 0, "spoilt", 1);
    assert_true(score(fleet, 0, 1) < before + GHM_RUMOUR_FAULT_SCORE / 2);
    fleet_free(fleet);
}

static void who_says_nothing_of_use_is_dropped(void **state)
{
    (void)state;
    struct fleet *fleet = relayed_new(2);
    for (int i = 0; i < 8; i++)
        publish(fleet, 1, topic_of(fleet, 0), ghm_bytes_text("noise"));
    assert_int_equal(COUNTED(fleet, 0, announces_refused), 8);
    assert_int_equal(COUNTED(fleet, 0, peers_dropped), 0);
    for (int i = 0; i < 3; i++)
        publish(fleet, 1, topic_of(fleet, 0), ghm_bytes_text("noise"));
    assert_int_equal(COUNTED(fleet, 0, peers_dropped), 1);
    fleet_free(fleet);
}

/* Noise of another comes through a peer that cannot tell it from a letter: it goes on to serve. */
static void relay_is_not_blamed_for_what_it_cannot_read(void **state)
{
    (void)state;
    struct fleet *fleet = relayed_new(4);
    struct fleet_node *stranger = &fleet->nodes[3];
    fleet_bootstrap(fleet, 3, 1);
    stranger->is_relay = true;
    fleet_pass(fleet, 3 * S);
    double before = score(fleet, 0, 1);
    for (int i = 0; i < 50; i++) {
        publish(fleet, 3, topic_of(fleet, 0), ghm_bytes_text("noise"));
        fleet_pass(fleet, S / 10);
    }
    assert_int_equal(COUNTED(fleet, 0, announces_refused), 50);
    assert_true(score(fleet, 0, 1) >= before);
    assert_int_equal(COUNTED(fleet, 0, peers_dropped), 0);
    say(fleet, 0, "still there");
    assert_int_equal(fleet_learned(fleet, 2, "still there"), 1);
    fleet_free(fleet);
}

/* A relay hears a letter and says it again as its own. */
static void letter_in_another_s_name_is_refused(void **state)
{
    (void)state;
    struct fleet *fleet = relayed_new(3);
    write_letter(fleet, 2, "stolen", 0);
    publish(fleet, 1, topic_of(fleet, 0), ghm_buf_bytes(&mesh_of(fleet, 2)->sealed));
    assert_refused(fleet, 0, "stolen", 1);
    fleet_free(fleet);
}

static void letter_comes_once_by_whatever_way(void **state)
{
    (void)state;
    struct fleet *fleet = line_new(2);
    write_letter(fleet, 1, "twice", 0);
    publish_letter(fleet, 1);
    publish_letter(fleet, 1); /* another message, the same letter */
    assert_int_equal(fleet_learned(fleet, 0, "twice"), 1);
    assert_true(score(fleet, 0, 1) >= GHM_RUMOUR_MEMBER_SCORE);
    assert_int_equal(COUNTED(fleet, 0, announces_refused), 0);
    fleet_free(fleet);
}

/* Of another time: refused, and nobody is at fault, for who knows whose clock is wrong. */
static void letters_of_another_time_are_refused_without_blame(void **state)
{
    (void)state;
    static const int64_t aheads_ms[] = {-2 * GHM_ENVELOPE_EPOCH_MS, 2 * GHM_ENVELOPE_EPOCH_MS,
                                        -GHM_REPLAY_AGE_MAX_MS - 1, GHM_REPLAY_AHEAD_MAX_MS + 1};
    struct fleet *fleet = line_new(2);
    for (size_t i = 0; i < sizeof aheads_ms / sizeof aheads_ms[0]; i++) {
        write_letter(fleet, 1, "of another time", aheads_ms[i]);
        publish_letter(fleet, 1);
        assert_refused(fleet, 0, "of another time", i + 1);
    }
    assert_true(score(fleet, 0, 1) >= GHM_RUMOUR_MEMBER_SCORE);
    write_letter(fleet, 1, "of now", GHM_REPLAY_AHEAD_MAX_MS);
    publish_letter(fleet, 1);
    assert_int_equal(fleet_learned(fleet, 0, "of now"), 1);
    fleet_free(fleet);
}

/* It is of another hour: it is not even opened, though it is sealed right. */
static void letter_of_another_hour_is_not_opened(void **state)
{
    (void)state;
    struct fleet *fleet = line_new(2);
    struct ghm_mesh *mesh = mesh_of(fleet, 0);
    struct ghm_entry entry;
    write_letter(fleet, 1, "late", -2 * GHM_ENVELOPE_EPOCH_MS);
    struct ghm_letter_post post = {.sealed = ghm_buf_bytes(&mesh_of(fleet, 1)->sealed),
                                   .author = ghm_peerid_bytes(&fleet->nodes[1].id),
                                   .cipher = &mesh->far_cipher};
    assert_int_equal(ghm_letter_read(mesh, &entry, &post, fleet->now_ms), GHM_LETTER_USELESS);
    assert_false(mesh->far_cipher.is_set);
    write_letter(fleet, 1, "now", 0);
    post.sealed = ghm_buf_bytes(&mesh_of(fleet, 1)->sealed);
    assert_int_equal(ghm_letter_read(mesh, &entry, &post, fleet->now_ms), GHM_LETTER_GOOD);
    assert_true(mesh->far_cipher.is_set);
    fleet_free(fleet);
}

/* Sealed with the second secret, on the topic of the first: who holds the first alone must not be
 * blamed for it by others. */
static void letter_on_the_wrong_topic_is_refused(void **state)
{
    (void)state;
    struct fleet *fleet = fleet_new_speaking(2, SECRET_A "," SECRET_B, ghm_mesh_protocols);
    fleet_stop(fleet, 1, true);
    fleet_start(fleet, 1, SECRET_B "," SECRET_A);
    join_line(fleet);
    write_letter(fleet, 1, "astray", 0);
    publish_letter(fleet, 1);
    assert_refused(fleet, 0, "astray", 1);
    say(fleet, 1, "where it belongs");
    assert_int_equal(fleet_learned(fleet, 0, "where it belongs"), 1);
    fleet_free(fleet);
}

/* ---- memory ---- */

static void refused_memory_is_survived(void **state)
{
    (void)state;
    bool is_over = false;
    for (uint64_t fail = 1; !is_over; fail++) {
        assert_true(fail < 400);
        struct fleet *fleet = fleet_new_speaking(2, SECRET_A, ghm_mesh_protocols);
        fleet->nodes[0].mesh_mem.fail_after = fail;
        fleet_bootstrap(fleet, 0, 1);
        fleet_pass(fleet, 2 * S);
        for (int i = 0; i < 3; i++) {
            int error = fleet_announce(fleet, 0, ghm_bytes_text("hello"));
            assert_true(error == GHM_OK || error == GHM_ENOMEM);
            (void)!fleet_announce(fleet, 1, ghm_bytes_text("hello"));
            fleet_pass(fleet, S);
        }
        is_over = fleet->nodes[0].mesh_mem.fail_after > 0;
        fleet->nodes[0].mesh_mem.fail_after = 0;
        fleet_pass(fleet, 60 * S);
        say(fleet, 1, "in the end");
        assert_int_equal(fleet_learned(fleet, 0, "in the end"), 1);
        fleet_free(fleet);
    }
}

/* ---- the wire ---- */

/* What stands around an entry's bytes: the gossip message, its RPC and the envelope. */
static void cost_of_a_letter_is_stated(void **state)
{
    (void)state;
    struct fleet *fleet = line_new(2);
    size_t before = fleet->bytes_sent;
    say(fleet, 0, "x");
    struct ghm_mesh *mesh = mesh_of(fleet, 0);
    size_t around = fleet->bytes_sent - before - ghm_buf_len(&mesh->packed);
    print_message("bytes on the wire around a packed entry: %zu\n", around);
    assert_in_range(around, 200, 320);
    fleet_free(fleet);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_of_gossip_s_protocols_are_ours),
        cmocka_unit_test(member_is_told_once_and_by_gossip),
        cmocka_unit_test(members_pass_on_what_they_hear),
        cmocka_unit_test(one_without_the_secret_passes_on_what_it_cannot_read),
        cmocka_unit_test(shared_address_is_no_fault),
        cmocka_unit_test(nobody_is_told_nothing),
        cmocka_unit_test(member_without_gossip_is_told_straight),
        cmocka_unit_test(word_of_the_first_moment_is_not_lost),
        cmocka_unit_test(rotating_members_meet_on_both_topics),
        cmocka_unit_test(restarted_member_is_heard_if_its_numbers_rise),
        cmocka_unit_test(bad_letter_of_a_member_costs_its_standing),
        cmocka_unit_test(who_says_nothing_of_use_is_dropped),
        cmocka_unit_test(relay_is_not_blamed_for_what_it_cannot_read),
        cmocka_unit_test(letter_in_another_s_name_is_refused),
        cmocka_unit_test(letter_comes_once_by_whatever_way),
        cmocka_unit_test(letters_of_another_time_are_refused_without_blame),
        cmocka_unit_test(letter_of_another_hour_is_not_opened),
        cmocka_unit_test(letter_on_the_wrong_topic_is_refused),
        cmocka_unit_test(refused_memory_is_survived),
        cmocka_unit_test(cost_of_a_letter_is_stated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

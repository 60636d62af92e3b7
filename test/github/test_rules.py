# SPDX-License-Identifier: MIT
"""Self-tests of the parts that need no socket: tags, pages, time, chance, limits, the world's life.

Run from test/: `python3 -m unittest discover -s github -t .`
"""

import json
import unittest
from pathlib import Path

from github import etag, graph, pages, routes, truth
from github.clock import Clock, http_date, iso, parse_time
from github.limits import Limits
from github.tokens import BadCredentials, Identity, Sight, Tokens, fingerprint
from github.world import EPOCH_S, World

VECTORS = json.loads((Path(__file__).parent / "vector" / "etag.json").read_text())
NINE = 1767603600       # 2026-01-05T09:00:00Z
USER = Identity("u", "user", "user:octocat", 5000, Sight("octocat", (), ("octo-org/*", "octo-org")))
NOBODY = Identity("anonymous", "anonymous", "address:x", 60)


class Tags(unittest.TestCase):
    def test_vectors(self):
        for case in VECTORS["cases"]:
            headers = {name.lower(): values for name, values in case["request_headers"].items()}
            with self.subTest(case["name"]):
                self.assertEqual(etag.etag_hex(case["vary"], headers, case["body"].encode()), case["etag_hex"])

    def test_weak_comparison_and_lists(self):
        for line in ('"abc"', 'W/"abc"', '"x", W/"abc"', '"x" , "abc" ,"y"', "*"):
            self.assertTrue(etag.matches([line], "abc"), line)
        self.assertTrue(etag.matches(['"x"', '"abc"'], "abc"))
        for line in ("", '"ab"', "abc", '"xabc"', 'w/"ABC"'):
            self.assertFalse(etag.matches([line], "abc"), line)

    def test_opaque_differs_and_is_stable(self):
        self.assertNotEqual(etag.opaque(1, "abc"), "abc")
        self.assertEqual(etag.opaque(1, "abc"), etag.opaque(1, "abc"))
        self.assertNotEqual(etag.opaque(1, "abc"), etag.opaque(2, "abc"))


class Pages(unittest.TestCase):
    def test_bounds(self):
        self.assertEqual(pages.page_of({}), pages.Page(1, 30))
        self.assertEqual(pages.page_of({"per_page": "1000", "page": "3"}), pages.Page(3, 100))
        self.assertEqual(pages.page_of({"per_page": "0", "page": "-1"}), pages.Page(1, 30))

    def test_link(self):
        self.assertIsNone(pages.link("http://h", "/p", {}, 30))
        self.assertEqual(pages.link("http://h", "/p", {"per_page": "10"}, 21),
                         '<http://h/p?per_page=10&page=2>; rel="next", <http://h/p?per_page=10&page=3>; rel="last"')
        self.assertEqual(pages.link("http://h", "/p", {"per_page": "10", "page": "3"}, 21),
                         '<http://h/p?per_page=10&page=2>; rel="prev", <http://h/p?per_page=10&page=1>; rel="first"')


class Time(unittest.TestCase):
    def test_forms(self):
        self.assertEqual(iso(NINE), "2026-01-05T09:00:00Z")
        self.assertEqual(http_date(NINE), "Mon, 05 Jan 2026 09:00:00 GMT")
        self.assertEqual(parse_time("2026-01-05T09:00:00Z"), NINE)
        self.assertEqual(parse_time(str(NINE)), NINE)

    def test_stands_still_and_jumps(self):
        clock = Clock(NINE, 0)
        self.assertEqual((clock.now(), clock.now()), (NINE, NINE))
        clock.advance(12.5)
        self.assertEqual(clock.now(), NINE + 12.5)
        clock.set(5)
        self.assertEqual(clock.now(), 5)


class Budgets(unittest.TestCase):
    def test_spends_to_nothing_and_opens_again(self):
        limits = Limits()
        self.assertEqual([limits.spend("p", 2, 100, 1)[0] for _ in range(3)], [True, True, False])
        granted, budget = limits.spend("p", 2, 100, 0)
        self.assertFalse(granted, "an exhausted budget refuses free requests too")
        self.assertEqual((budget.remaining, budget.reset_s), (0, 3700))
        self.assertTrue(limits.spend("p", 2, 3700, 1)[0])

    def test_free_costs_nothing(self):
        limits = Limits()
        limits.spend("p", 5, 0, 0)
        self.assertEqual(limits.spend("p", 5, 0, 0)[1].remaining, 5)


class Graph(unittest.TestCase):
    def ask(self, query: str, **variables) -> dict:
        identity = Tokens().identify("token abc", "x", None)
        return graph.answer(World(), identity, {"query": query, "variables": variables}, NINE)

    def test_names_arguments_fragments_and_pages(self):
        told = self.ask("""fragment f on Issue {number} query Q($n: Int = 2, $after: String) {
            it: repository(owner: "octo-org", name: "hello") {
              ...on Other{nothing} issues(first: $n, after: $after) {nodes {...f} pageInfo {hasNextPage,endCursor}}}}""")
        self.assertEqual(told, {"data": {"it": {"issues": {
            "nodes": [{"number": 140}, {"number": 139}], "pageInfo": {"hasNextPage": True, "endCursor": "2"}}}}})
        last = self.ask('query($c:String){repository(owner:"octo-org",name:"hello"){issues(first:9,after:$c){nodes{number}}}}', c="39")
        self.assertEqual(last["data"]["repository"]["issues"]["nodes"], [{"number": 101}])

    def test_what_is_not_there(self):
        for query in ('{repository(owner:"octo-org",name:"secret"){name}}', "{viewer{nothing}}", "{", "mutation{x}", "{a(b:~)}"):
            self.assertTrue(self.ask(query)["errors"][0]["message"], query)


class Identities(unittest.TestCase):
    def test_schemes_are_one_identity(self):
        tokens = Tokens()
        a, b = (tokens.identify(f"{scheme} abc", "x", None) for scheme in ("token", "Bearer"))
        self.assertEqual(a, b)
        self.assertEqual(a.who, fingerprint("abc"))

    def test_job_tokens_share_the_repository(self):
        tokens = Tokens()
        a = tokens.identify("Bearer ghs_1", "x", "octo-org/hello")
        b = tokens.identify("Bearer ghs_2", "x", "Octo-Org/Hello")
        self.assertEqual((a.principal, a.limit), (b.principal, 1000))
        self.assertNotEqual(a.who, b.who)

    def test_revoked(self):
        tokens = Tokens()
        tokens.grant("abc", revoked=True)
        with self.assertRaises(BadCredentials):
            tokens.identify("Bearer abc", "x", None)


class Life(unittest.TestCase):
    """What the module's first paragraph promises."""

    def test_pure(self):
        """Two worlds asked in different orders agree, and a second seed is another life."""
        forward, backward, other = World(7), World(7), World(8)
        times = range(NINE, NINE + 3600, 97)
        path = "/repos/octo-org/hello/actions/runs?per_page=3"
        ahead = {t: truth.body_at(forward, USER, path, t) for t in times}
        behind = {t: truth.body_at(backward, USER, path, t) for t in reversed(times)}
        self.assertEqual(ahead, behind)
        self.assertNotEqual(ahead, {t: truth.body_at(other, USER, path, t) for t in times})

    def test_instants_miss_nothing(self):
        """Second by second for half an hour, each answer changes only where the truth says it does."""
        world = World(3)
        for path in ("/repos/octo-org/hello", "/repos/octo-org/hello/actions/runners",
                     "/repos/octo-org/hello/actions/runs?per_page=2", self._jobs_path(world)):
            with self.subTest(path):
                self._compare(world, path, NINE, NINE + 1800)

    def _jobs_path(self, world):
        repo = world.repo("octo-org", "hello")
        run = world.run(repo, world.run_count(repo, NINE) + 1)
        return f"/repos/octo-org/hello/actions/runs/{run.id}/jobs"

    def _compare(self, world, path, from_s, to_s):
        told = truth.versions(world, USER, path, from_s, to_s)
        changes, before = [], None
        for t in range(from_s, to_s + 1):
            now = truth.body_at(world, USER, path, t)
            if now != before:
                changes.append(t)
            before = now
        self.assertEqual([v.since for v in told], changes)
        self.assertEqual([v.until for v in told], [*changes[1:], None])

    def test_slots_hold_their_runs(self):
        for slot_s in (120, 600, 3600):
            world = World(1, slot_s)
            repo = world.repo("octo-org", "hello")
            for number in range(1, 500):
                run = world.run(repo, number)
                order = [EPOCH_S + (number - 1) * slot_s, run.pushed_s, run.created_s, run.started_s,
                         run.handed_over_s, run.finished_s, EPOCH_S + number * slot_s]
                self.assertEqual(order, sorted(set(order)))

    def test_one_busy_runner_at_most_and_jobs_agree(self):
        world = World(2)
        repo = world.repo("octo-org", "hello")
        for t in range(NINE, NINE + 3600, 7):
            busy = [i for i in range(repo.runners) if world.runner_state(repo, i, t)[1]]
            job = world.jobs(world.run(repo, world.run_count(repo, t)))[1]
            self.assertEqual(busy, [job.runner] if job.status(t) == "in_progress" else [])

    def test_before_the_epoch_nothing_ran(self):
        status, body = truth.body_at(World(), USER, "/repos/octo-org/hello/actions/runs", EPOCH_S - 1)
        self.assertEqual((status, body), (200, b'{"total_count":0,"workflow_runs":[]}'))

    def test_an_hour_has_about_forty_changes(self):
        for seed in range(1, 9):
            total = sum(len(truth.versions(World(seed), USER, path, NINE, NINE + 3600)) - 1 for path in (
                "/repos/octo-org/hello", "/repos/octo-org/hello/actions/runs", "/repos/octo-org/hello/actions/runners"))
            self.assertTrue(35 <= total <= 45, total)


class Sights(unittest.TestCase):
    def ask(self, identity, target):
        return routes.answer(World(), identity, target, NINE)

    def test_private_does_not_exist_without_right(self):
        friend = Identity("f", "user", "user:f", 5000, Sight("f", ("octo-org/secret",), ()))
        for target in ("/repos/octo-org/secret", "/repositories/1296272", "/repos/octo-org/secret/actions/runs"):
            self.assertEqual(self.ask(NOBODY, target).status, 404)
            self.assertEqual(self.ask(USER, target).status, 404)
            self.assertEqual(self.ask(friend, target).status, 200)
        names = [[r["name"] for r in self.ask(who, "/orgs/octo-org/repos").value] for who in (USER, friend)]
        self.assertEqual([("secret" in n) for n in names], [False, True])

    def test_bodies_differ_by_sight(self):
        mine, theirs = (self.ask(who, "/repos/octo-org/hello").value for who in (USER, NOBODY))
        self.assertTrue(mine["permissions"]["admin"])
        self.assertNotIn("permissions", theirs)

    def test_runners_need_rights(self):
        job = Identity("j", "job", "repo:octo-org/hello", 1000, Sight("bot", ("octo-org/hello",), ()))
        target = "/repos/octo-org/hello/actions/runners"
        self.assertEqual([self.ask(who, target).status for who in (NOBODY, job, USER)], [401, 403, 200])

    def test_aliases_and_moves(self):
        by_name, by_id = self.ask(USER, "/repos/Octo-Org/HELLO"), self.ask(USER, "/repositories/1296269")
        self.assertEqual(by_name.value, by_id.value)
        moved = self.ask(USER, "/repos/octo-org/hello-old/actions/runs")
        self.assertEqual((moved.status, moved.location), (301, "/repositories/1296269/actions/runs"))

    def test_filters(self):
        for wanted in ("completed", "success"):
            runs = self.ask(USER, f"/repos/octo-org/hello/actions/runs?status={wanted}&per_page=5").value
            self.assertEqual(len(runs["workflow_runs"]), 5)
            self.assertTrue(all(wanted in (r["status"], r["conclusion"]) for r in runs["workflow_runs"]))
        idle = self.ask(USER, "/repos/octo-org/quiet/actions/runs").value
        self.assertEqual(idle, {"total_count": 0, "workflow_runs": []})


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: MIT
"""Who sees what, and what it costs: many tokens of different rights in one mesh, against the emulator's own ledger."""

import hashlib
import random
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from origin import Origin  # noqa: E402
from suite import App, Suite, main  # noqa: E402

START_S = 1767603600                  # 2026-01-05T09:00:00Z
SEED = 7
A, B, C = (f"ghp_proof{letter}00000000000000000000000000000000" for letter in "ABC")
HELLO = "/repos/octo-org/hello"
SECRET_REPO = "/repos/octo-org/secret"
ORIGIN, REVALIDATED, LOCAL = 1, 2, 3  # enum ghm_source
TTL_S_MAX = 300                       # of the routes asked for here
STALE_S = 3600
REVOKED = "ghp_leak19"
NOW = -1                              # whatever age the route allows


class ProofSuite(Suite):
    """One directory for all tokens: what one of them fetched is there when another asks."""

    etag = "formula"
    start_s = START_S

    def setUp(self) -> None:
        super().setUp()
        self.now_s = self.start_s
        self.origin = Origin(A, seed=SEED, start_s=self.start_s, etag=self.etag)
        self.addCleanup(self.origin.stop)

    def asker(self, **settings: str) -> App:
        app = self.app("app_asker", env=self.environment(GHMESH_HOST=self.origin.url, **settings))
        self.assertEqual(app.hear(), "open", app.said)
        return app

    def pass_time(self, app: App, seconds: int) -> None:
        """GitHub's clock moves on, and the product hears of it."""
        self.now_s += seconds
        self.origin.set_clock(self.now_s)
        self.ask(app, A, "/rate_limit")

    def ask(self, app: App, token: str | None, path: str, max_age_s: int = NOW) -> tuple[int, int, bytes]:
        """Status, source and body."""
        line = app.ask(f"{token or '-'} {max_age_s} {path}")
        if line.startswith("error "):
            return 0, 0, line.encode()
        status, source, body = line.split(" ", 2)
        return int(status), int(source), body.encode()

    def truth(self, token: str | None, path: str) -> dict:
        """What this token must see now: its status and its hash."""
        return self.origin.truth(path, self.now_s, self.now_s, token)[0]

    def cost(self) -> tuple[int, int]:
        """Charged, and free 304s."""
        ledger = self.origin.ledger()
        return ledger["charged"], ledger["free_304"]

    def assert_true_for(self, app: App, token: str | None, path: str, source: int, max_age_s: int = NOW) -> None:
        status, came_from, body = self.ask(app, token, path, max_age_s)
        true = self.truth(token, path)
        self.assertEqual((status, hashlib.sha256(body).hexdigest()), (true["status"], true["sha256"]))
        self.assertEqual(came_from, source)


class SharingTest(ProofSuite):
    def test_first_read_of_another_token_is_one_free_304(self):
        app = self.asker()
        self.assert_true_for(app, A, HELLO, ORIGIN)
        self.assertEqual(self.cost(), (1, 0))
        for number, token in enumerate((B, C)):
            self.assert_true_for(app, token, HELLO, REVALIDATED)
            self.assert_true_for(app, token, HELLO, LOCAL)     # proven: nobody is asked
            self.assertEqual(self.cost(), (1, number + 1))
        self.assertEqual(len(self.origin.ledger()["entries"]), 3)

    def test_job_tokens_of_one_repository_share(self):
        """Each job has a token of its own, and sees what no other sees: `GITHUB_TOKEN`."""
        app = self.asker()
        for number in range(5):
            token = f"ghs_job{number}"
            self.origin.grant(token, repo="octo-org/secret")
            self.assert_true_for(app, token, SECRET_REPO, ORIGIN if number == 0 else REVALIDATED)
        self.assertEqual(self.cost(), (1, 4))

    def test_command_line_with_two_tokens(self):
        for token, cost in ((A, (1, 0)), (B, (1, 1)), (B, (1, 1))):
            done = self.run_program("api", HELLO, env=self.environment(GHMESH_HOST=self.origin.url, GH_TOKEN=token))
            self.assertEqual(done.code, 0, done.said)
            self.assertEqual(hashlib.sha256(done.shown).hexdigest(), self.truth(token, HELLO)["sha256"])
            self.assertEqual(self.cost(), cost)

    def api_with(self, header: str) -> bytes:
        env = self.environment(GHMESH_HOST=self.origin.url, GH_TOKEN=A)
        return self.run_program("api", "-H", header, HELLO, env=env).shown

    def test_t22_caller_s_agent_does_not_reach_github(self):
        """GitHub indents for curl, Wget, Safari and Firefox after hashing: no body would fit its tag."""
        shown = self.api_with("User-Agent: curl/8.5.0")
        self.assertEqual(hashlib.sha256(shown).hexdigest(), self.truth(A, HELLO)["sha256"])
        done = self.run_program("api", HELLO, env=self.environment(GHMESH_HOST=self.origin.url, GH_TOKEN=B))
        self.assertEqual((done.shown != b"", self.cost()), (True, (1, 1)))
        agents = [entry["user_agent"] for entry in self.origin.ledger()["entries"]]
        self.assertTrue(all(agent.startswith("ghmesh/") for agent in agents), agents)

    def test_t6_condition_of_a_caller_leaves_nothing_behind(self):
        self.assertEqual(self.api_with("If-None-Match: *"), b"")
        app = self.asker()
        self.assert_true_for(app, A, HELLO, ORIGIN)
        self.assert_true_for(app, B, HELLO, REVALIDATED)

    def test_t27_anonymous_is_never_shown_a_token_s_answer_and_pays(self):
        app = self.asker()
        self.assert_true_for(app, A, HELLO, ORIGIN)
        self.assert_true_for(app, None, HELLO, ORIGIN)
        self.assertEqual(self.cost(), (2, 0))
        self.assert_true_for(app, None, HELLO, LOCAL)           # by TTL alone
        self.assertEqual(self.cost(), (2, 0))

    def test_t10_full_last_page_is_paid_for_again(self):
        """250 repositories: of five pages of fifty the last is full; of four the fourth is not the last."""
        app = self.asker()
        last, before = "/orgs/many-org/repos?per_page=50&page=5", "/orgs/many-org/repos?per_page=50&page=4"
        self.assert_true_for(app, A, before, ORIGIN)
        self.assert_true_for(app, A, last, ORIGIN)
        self.assert_true_for(app, A, before, REVALIDATED, max_age_s=0)
        self.assertEqual(self.cost(), (2, 1))
        self.assert_true_for(app, A, last, ORIGIN, max_age_s=0)
        self.assertEqual(self.cost(), (3, 1))

    def test_empty_list_is_guessed(self):
        app = self.asker()
        self.assert_true_for(app, A, "/users/octocat/repos", ORIGIN)
        for token in (A, B):
            self.assert_true_for(app, token, "/users/octocat/repos?page=9", REVALIDATED)
        self.assertEqual(self.cost(), (1, 2))

    def test_trust_mesh_shows_all_tokens_the_same(self):
        app = self.asker(GHMESH_TRUST="mesh")
        self.assert_true_for(app, A, HELLO, ORIGIN)
        self.assert_true_for(app, B, HELLO, LOCAL)
        self.assert_true_for(app, B, HELLO, REVALIDATED, max_age_s=0)   # by the tag of the token that is sent
        self.assert_true_for(app, None, HELLO, ORIGIN)                  # nobody stays nobody
        self.assertEqual(self.cost(), (2, 1))


class AccessTest(ProofSuite):
    def test_t4_without_access_it_is_github_s_own_404(self):
        app = self.asker()
        self.origin.grant(A, sees=["octo-org/secret"])
        self.origin.grant(C, sees=["octo-org/secret"])
        self.assert_true_for(app, A, SECRET_REPO, ORIGIN)
        for source in (ORIGIN, LOCAL, ORIGIN):                 # told again for some seconds, and no proof
            self.assert_true_for(app, B, SECRET_REPO, source, NOW if source == LOCAL else 0)
            self.assertEqual(self.ask(app, B, SECRET_REPO)[0], 404)
        self.assert_true_for(app, None, SECRET_REPO, ORIGIN)
        self.assert_true_for(app, C, SECRET_REPO, REVALIDATED)  # and B's 404 is not C's
        self.assert_true_for(app, A, SECRET_REPO, LOCAL)

    def test_t4_proof_ends_with_the_right(self):
        app = self.asker()
        for token in (A, B):
            self.origin.grant(token, sees=["octo-org/secret"])
        self.assert_true_for(app, A, SECRET_REPO, ORIGIN)
        self.assert_true_for(app, B, SECRET_REPO, REVALIDATED)
        self.origin.grant(B, sees=[])
        self.pass_time(app, TTL_S_MAX)
        self.assert_true_for(app, B, SECRET_REPO, ORIGIN)
        self.assertEqual(self.ask(app, B, SECRET_REPO, 10 ** 6)[0], 404)
        self.origin.grant(A, revoked=True)
        self.assertEqual(self.ask(app, A, SECRET_REPO, 0)[0], 401)
        self.assertEqual(self.ask(app, A, SECRET_REPO, 10 ** 6)[0], 401)

    def test_rights_that_show_other_bodies(self):
        """B is no administrator: the same path, another body. Each goes on by its own tag, for free."""
        app = self.asker()
        self.origin.grant(B, admin=[])
        self.assert_true_for(app, A, HELLO, ORIGIN)
        self.assert_true_for(app, B, HELLO, ORIGIN)
        self.assertEqual(self.cost(), (2, 0))
        for token in (A, B, A, B):
            self.assert_true_for(app, token, HELLO, REVALIDATED, max_age_s=0)
        self.assertEqual(self.cost(), (2, 4))


class MemberTest(ProofSuite):
    """Two machines: what a member with another token announced. GitHub's time is theirs, for they tell it each other."""

    start_s = int(time.time())

    def pair(self) -> tuple[App, App]:
        settings = {"GHMESH_HOST": self.origin.url}
        first = self.node("first", GH_TOKEN=A, **settings)
        second = self.node("second", GH_TOKEN=B, **settings)
        first.start([])
        second.start([first.address])
        self.wait_stats(second, connected_peers=1)
        return first, second

    def test_first_read_on_another_machine_is_one_free_304(self):
        first, second = self.pair()
        first.ask(HELLO)
        self.wait_stats(second, announces_stored=1)
        shown = second.ask(HELLO)
        self.assertEqual(hashlib.sha256(shown).hexdigest(), self.truth(B, HELLO)["sha256"])
        self.assertEqual(self.cost(), (1, 1))

    def test_t29_body_of_another_world_is_found_out(self):
        """A member announces what GitHub never said: the other asks GitHub, and shows what GitHub says."""
        first, second = self.pair()
        self.origin.reset(seed=SEED + 1)
        lie = first.ask(HELLO)
        self.wait_stats(second, announces_stored=1)
        self.origin.reset(seed=SEED)
        shown = second.ask(HELLO)
        self.assertNotEqual(shown, lie)
        self.assertEqual(hashlib.sha256(shown).hexdigest(), self.truth(B, HELLO)["sha256"])
        self.assertEqual(self.cost(), (1, 0))
        self.assertTrue(self.origin.ledger()["entries"][0]["conditional"])


class OpaqueTest(ProofSuite):
    """GitHub's tags are not what the formula says."""

    etag = "opaque"

    def test_everything_is_right_and_costs_one_call_for_each_identity(self):
        app = self.asker()
        tokens = (A, B, C)
        for token in tokens:
            self.assert_true_for(app, token, HELLO, ORIGIN)
        self.assertEqual(self.cost(), (3, 0))
        for token in tokens:
            self.assert_true_for(app, token, HELLO, REVALIDATED, max_age_s=0)
        self.assertEqual(self.cost(), (3, 3))
        self.origin.grant(A, sees=["octo-org/secret"])
        self.assert_true_for(app, A, SECRET_REPO, ORIGIN)
        self.assertEqual(self.ask(app, B, SECRET_REPO)[0], 404)


class LeakTest(ProofSuite):
    """Many tokens of random rights ask at random: nobody sees a byte that GitHub would not have shown to that token."""

    requests = 10_000
    rounds = 10
    paths = (HELLO, SECRET_REPO, "/repos/octocat/diary", "/repos/octo-org/hello/actions/runs",
             "/repos/octo-org/secret/actions/runs", "/repos/octo-org/secret/actions/runners", "/user/repos",
             "/orgs/octo-org/repos", "/users/octocat/repos", "/users/octocat/repos?page=2")

    def deal(self, dice: random.Random) -> list[str | None]:
        """Twenty tokens whose rights are thrown; some are a job's, one is revoked. And nobody."""
        tokens: list[str | None] = [None]
        for number in range(20):
            token = f"gh{'s' if number % 5 == 0 else 'p'}_leak{number:02d}"
            sees = [repo for repo in ("octo-org/secret", "octocat/diary") if dice.random() < 0.4]
            admin = ["octo-org/*", "octo-org"] if dice.random() < 0.5 else []
            login = dice.choice(["octocat", "hubot"])
            more = {"repo": "octo-org/hello"} if token.startswith("ghs_") else {}
            self.origin.grant(token, login=login, sees=sees, admin=admin, limit=10 ** 6, revoked=token == REVOKED, **more)
            tokens.append(token)
        return tokens

    def true_since(self, token: str, path: str, since_s: int) -> set[tuple[int, str]]:
        """What this token must be shown for itself."""
        versions = self.origin.truth(path, since_s, self.now_s, token)
        return {(version["status"], version["sha256"]) for version in versions}

    def public_since(self, path: str, since_s: int) -> set[tuple[int, str]]:
        """What is shown to nobody in particular, and so to everybody."""
        versions = self.origin.truth(path, since_s - STALE_S - TTL_S_MAX, self.now_s, None)
        return {(version["status"], version["sha256"]) for version in versions if version["status"] == 200}

    def refused_since(self, path: str, since_s: int) -> set[tuple[int, str]]:
        """GitHub's own word that nothing is there, told again for five seconds: old rights may show in it, no byte of anybody."""
        versions = self.origin.truth(path, since_s, self.now_s, None)
        return {(version["status"], version["sha256"]) for version in versions if version["status"] == 404}

    def test_no_request_of_ten_thousand_sees_what_it_must_not(self):
        dice = random.Random(20260105)
        app = self.asker()
        seen: Counter[int] = Counter()
        for _ in range(self.rounds):
            self.pass_time(app, 2 * TTL_S_MAX)       # what rights were before has ended
            tokens = self.deal(dice)
            since_s = self.now_s
            told: list[tuple[str | None, str, int, str]] = []
            for turn in range(self.requests // self.rounds):
                if turn % 100 == 99:
                    self.pass_time(app, dice.randrange(1, 60))
                token, path = dice.choice(tokens), dice.choice(self.paths)
                status, source, body = self.ask(app, token, path, dice.choice([NOW, NOW, NOW, 0, 5]))
                seen[source] += 1
                told.append((token, path, status, hashlib.sha256(body).hexdigest()))
            self.judge(told, since_s)
        self.assertGreater(min(seen[source] for source in (ORIGIN, REVALIDATED, LOCAL)), self.requests // 40, seen)

    def judge(self, told: list[tuple[str | None, str, int, str]], since_s: int) -> None:
        """Against what was true for the asker while these rights held. A token that is revoked has the rights of nobody,
        whose hour of sixty requests is soon over: then it is a refusal."""
        true: dict[tuple[str, str], set[tuple[int, str]]] = {}
        public = {path: self.public_since(path, since_s) | self.refused_since(path, since_s) for path in self.paths}
        for token, path, status, digest in told:
            is_nobody = token is None or token == REVOKED
            if (status, digest) in public[path] or (is_nobody and status in (0, 401, 403, 404)):
                continue
            self.assertFalse(is_nobody, f"{token} was shown {path}")
            if (token, path) not in true:
                true[token, path] = self.true_since(token, path, since_s)
            self.assertIn((status, digest), true[token, path], f"{token} was shown what it must not see: {path}")


class OpaqueLeakTest(LeakTest):
    etag = "opaque"
    requests = 2_000
    rounds = 2


if __name__ == "__main__":
    main()

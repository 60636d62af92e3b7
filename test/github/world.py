# SPDX-License-Identifier: MIT
"""What exists and how it lives: owners, repositories, runs, jobs, runners.

Nothing here is stored and nothing advances. Each repository's life is cut into slots of equal length, each slot holds
one push with its workflow run, and every instant inside it is thrown from (seed, repository, slot). So the state at
any time, past or future, is a pure function of (seed, time), and the truth at any past instant stays known. Only the issues
that clients open are stored, with their instant.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass

from .dice import between, choose, hex40

EPOCH_S = 1704067200            # 2024-01-01T00:00:00Z: before it nothing ran
RUN_SLOT_S = 600                # one push and one run a repository in each
STARS_PER_SLOT = 3              # one star in each third slot
FLAPS_PER_SLOT = 6              # one runner goes away and comes back in each sixth slot
ISSUES_FIRST, ISSUES_OLD = 101, 40   # open in every repository since ever
RUN_ID_BASE = 7_000_000_000
STEPS = ("Set up job", "Run actions/checkout@v4", "Configure", "Make", "Post checkout", "Complete job")
CONCLUSIONS = ("success",) * 8 + ("failure", "cancelled")
TITLES = ("Fix the flaky clock test", "Bump the pinned actions", "Café menu: add ☕ and 🍰", "Speed up start",
          "Drop an unused include", "Document the exit codes", "Refuse oversized headers")


@dataclass(frozen=True)
class Owner:
    login: str
    id: int
    kind: str = "Organization"


@dataclass(frozen=True)
class Repo:
    owner: Owner
    name: str
    id: int
    private: bool = False
    active: bool = True          # has pushes and runs
    runners: int = 4

    @property
    def full_name(self) -> str:
        return f"{self.owner.login}/{self.name}"


@dataclass(frozen=True)
class Run:
    """One push and its run; the instants are whole virtual seconds."""

    repo: Repo
    number: int
    pushed_s: int
    created_s: int
    started_s: int
    handed_over_s: int           # the first job ends, the second begins
    finished_s: int
    conclusion: str

    @property
    def id(self) -> int:
        return RUN_ID_BASE + self.repo.id % 1_000_000 * 1_000_000 + self.number

    def status(self, at_s: int) -> str:
        if at_s < self.started_s:
            return "queued"
        return "in_progress" if at_s < self.finished_s else "completed"


@dataclass(frozen=True)
class Job:
    run: Run
    index: int
    name: str
    runner: int | None           # which of the repository's own runners; None is a hosted one
    steps_s: tuple[int, ...]     # the first begins, …, the last ends

    @property
    def id(self) -> int:
        return self.run.id * 10 + self.index

    @property
    def started_s(self) -> int:
        return self.steps_s[0]

    @property
    def finished_s(self) -> int:
        return self.steps_s[-1]

    def status(self, at_s: int) -> str:
        if at_s < self.started_s:
            return "queued"
        return "in_progress" if at_s < self.finished_s else "completed"


@dataclass(frozen=True)
class Issue:
    repo: Repo
    number: int
    title: str
    login: str
    opened_s: int


class World:
    """Every question takes the time as an argument and answers the same for ever, but for the issues that are opened."""

    def __init__(self, seed: int = 1, slot_s: int = RUN_SLOT_S) -> None:
        if slot_s < 120:
            raise ValueError("a slot is at least 120 s")
        self.seed = seed
        self.slot_s = slot_s
        self.owners, self.repos, self.renamed = _cast()
        self._by_name = {repo.full_name.lower(): repo for repo in self.repos}
        self._by_id = {repo.id: repo for repo in self.repos}
        self._lock = threading.Lock()
        self._opened: list[Issue] = []

    # Who is there

    def owner(self, login: str) -> Owner | None:
        return next((o for o in self.owners if o.login.lower() == login.lower()), None)

    def owner_by_id(self, owner_id: int) -> Owner | None:
        return next((o for o in self.owners if o.id == owner_id), None)

    def repo(self, owner: str, name: str) -> Repo | None:
        return self._by_name.get(f"{owner}/{name}".lower())

    def repo_by_id(self, repo_id: int) -> Repo | None:
        return self._by_id.get(repo_id)

    def moved_to(self, owner: str, name: str) -> Repo | None:
        """The repository that once had this name."""
        return self.renamed.get(f"{owner}/{name}".lower())

    def repos_of(self, owner: Owner) -> list[Repo]:
        return [repo for repo in self.repos if repo.owner == owner]

    # Pushes and runs

    def run_count(self, repo: Repo, at_s: int) -> int:
        """How many runs exist; their numbers are 1 … count."""
        if not repo.active or at_s < EPOCH_S:
            return 0
        number = (at_s - EPOCH_S) // self.slot_s + 1
        return number if self.run(repo, number).created_s <= at_s else number - 1

    def run(self, repo: Repo, number: int) -> Run:
        """All of a run's life lies inside its slot, so a repository has at most one at work."""
        start, unit = EPOCH_S + (number - 1) * self.slot_s, self.slot_s // 100
        key = (self.seed, "run", repo.id, number)
        pushed = start + between(1, 30 * unit, *key, "push")
        created = pushed + between(1, 4, *key, "create")
        started = created + between(3, 8 * unit, *key, "queue")
        handed = started + between(4 * unit + 6, 20 * unit + 6, *key, "build")
        finished = handed + between(4 * unit + 6, 25 * unit + 6, *key, "test")
        return Run(repo, number, pushed, created, started, handed, finished, choose(CONCLUSIONS, *key, "end"))

    def run_by_id(self, repo: Repo, run_id: int, at_s: int) -> Run | None:
        number = run_id - RUN_ID_BASE - repo.id % 1_000_000 * 1_000_000
        return self.run(repo, number) if 1 <= number <= self.run_count(repo, at_s) else None

    def jobs(self, run: Run) -> tuple[Job, Job]:
        """`build` runs hosted, `test` on one of the repository's runners; never on the last, which comes and goes."""
        runner = between(0, run.repo.runners - 2, self.seed, "runner", run.id)
        return (Job(run, 1, "build", None, _split(run.started_s, run.handed_over_s)),
                Job(run, 2, "test", runner, _split(run.handed_over_s, run.finished_s)))

    def pushes(self, repo: Repo, at_s: int) -> tuple[int, int]:
        """How many, and when the last came."""
        if not repo.active or at_s < EPOCH_S:
            return 0, EPOCH_S - 86400
        number = (at_s - EPOCH_S) // self.slot_s + 1
        pushed = self.run(repo, number).pushed_s
        return (number, pushed) if pushed <= at_s else (number - 1, self.run(repo, number - 1).pushed_s)

    def head(self, repo: Repo, number: int) -> str:
        return hex40(self.seed, "head", repo.id, number)

    def title(self, run: Run) -> str:
        return choose(TITLES, self.seed, "title", run.id)

    # Stars and runners

    def stars(self, repo: Repo, at_s: int) -> tuple[int, int]:
        """How many, and when the last was given."""
        base = between(3, 900, self.seed, "stars", repo.id)
        if not repo.active or at_s < EPOCH_S:
            return base, EPOCH_S - 86400
        slot = (at_s - EPOCH_S) // (self.slot_s * STARS_PER_SLOT)
        given = self._star_s(repo, slot)
        return (base + slot + 1, given) if given <= at_s else (base + slot, self._star_s(repo, slot - 1))

    def runner_state(self, repo: Repo, index: int, at_s: int) -> tuple[str, bool]:
        """(status, busy) of one of the repository's own runners."""
        if index == repo.runners - 1:
            gone, back = self._flap_s(repo, self._flap_slot(at_s))
            return ("offline" if gone <= at_s < back else "online"), False
        count = self.run_count(repo, at_s)
        if count == 0:
            return "online", False
        job = self.jobs(self.run(repo, count))[1]
        return "online", job.runner == index and job.status(at_s) == "in_progress"

    # Issues

    def issues(self, repo: Repo, at_s: int) -> list[Issue]:
        """Newest first: what was opened, and a number that were always there."""
        old = [Issue(repo, number, choose(TITLES, self.seed, "talk", repo.id, number), "octocat", EPOCH_S + number * 3600)
               for number in range(ISSUES_FIRST, ISSUES_FIRST + ISSUES_OLD)]
        with self._lock:
            return [*reversed([it for it in self._opened if it.repo == repo and it.opened_s <= at_s]), *reversed(old)]

    def open_issue(self, repo: Repo, title: str, login: str, at_s: int) -> Issue:
        with self._lock:
            number = ISSUES_FIRST + ISSUES_OLD + sum(it.repo == repo for it in self._opened)
            self._opened.append(Issue(repo, number, title, login, at_s))
            return self._opened[-1]

    def forget_issues(self) -> None:
        with self._lock:
            self._opened.clear()

    # When things happen

    def instants(self, repo: Repo, from_s: int, to_s: int) -> list[int]:
        """Every instant in (from, to] at which anything of the repository may differ from the second before."""
        seen = {t for t in self._instants(repo, from_s, to_s) if from_s < t <= to_s}
        return sorted(seen)

    def _instants(self, repo: Repo, from_s: int, to_s: int) -> Iterator[int]:
        first = max(from_s, EPOCH_S)
        yield from (it.opened_s for it in self._opened if it.repo == repo)
        for slot in range(self._flap_slot(first), self._flap_slot(to_s) + 1):
            yield from self._flap_s(repo, slot)
        if not repo.active:
            return
        for number in range((first - EPOCH_S) // self.slot_s + 1, (to_s - EPOCH_S) // self.slot_s + 2):
            run = self.run(repo, number)
            yield from (run.pushed_s, run.created_s)
            for job in self.jobs(run):
                yield from job.steps_s
        length = self.slot_s * STARS_PER_SLOT
        for slot in range((first - EPOCH_S) // length, (to_s - EPOCH_S) // length + 1):
            yield self._star_s(repo, slot)

    def _star_s(self, repo: Repo, slot: int) -> int:
        length = self.slot_s * STARS_PER_SLOT
        return EPOCH_S + slot * length + between(1, length - 1, self.seed, "star", repo.id, slot)

    def _flap_slot(self, at_s: int) -> int:
        return (at_s - EPOCH_S) // (self.slot_s * FLAPS_PER_SLOT)

    def _flap_s(self, repo: Repo, slot: int) -> tuple[int, int]:
        length = self.slot_s * FLAPS_PER_SLOT
        gone = EPOCH_S + slot * length + between(1, length // 2, self.seed, "gone", repo.id, slot)
        return gone, gone + between(length // 30, length // 6, self.seed, "back", repo.id, slot)


def _split(from_s: int, to_s: int) -> tuple[int, ...]:
    count = len(STEPS)
    return tuple(from_s + (to_s - from_s) * i // count for i in range(count + 1))


def _cast() -> tuple[tuple[Owner, ...], tuple[Repo, ...], dict[str, Repo]]:
    """The same everywhere: a lively organisation, one with more than a page, a user."""
    octo, many = Owner("octo-org", 6811672), Owner("many-org", 9919000)
    cat = Owner("octocat", 583231, "User")
    hello = Repo(octo, "hello", 1296269)
    repos = [hello, Repo(octo, "world", 1296270), Repo(octo, "quiet", 1296271, active=False),
             Repo(octo, "secret", 1296272, private=True), Repo(cat, "Spoon-Knife", 1300192),
             Repo(cat, "diary", 1300193, private=True, active=False)]
    repos += [Repo(many, f"part-{n:03d}", 2_000_000 + n, active=False) for n in range(1, 251)]
    return (octo, many, cat), tuple(repos), {"octo-org/hello-old": hello}

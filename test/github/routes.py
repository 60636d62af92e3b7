# SPDX-License-Identifier: MIT
"""From a path to an answer: what the identity may see, at one instant. No socket, no limits, no tags."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote

from . import graph, pages, shapes
from .tokens import Identity
from .world import Owner, Repo, World

FILTERED_RUNS_MAX = 1000         # GitHub looks at no more when a filter is given
DOCS = "https://docs.github.com/rest"


@dataclass(frozen=True)
class Answer:
    status: int
    value: object
    total: int | None = None     # of a list in pages
    link_path: str | None = None
    modified_s: int | None = None
    location: str | None = None  # a path
    text: str | None = None      # instead of the value: no JSON


@dataclass(frozen=True)
class Ask:
    world: World
    identity: Identity
    path: str
    query: Mapping[str, str]
    at_s: int
    accept: str = ""

    @property
    def sight(self):
        return self.identity.sight

    def sees(self, repo: Repo) -> bool:
        return not repo.private or self.sight.sees(repo.full_name)


def refusal(status: int, message: str, page: str = "") -> Answer:
    return Answer(status, {"message": message, "documentation_url": DOCS + page, "status": str(status)})


NOT_FOUND = refusal(404, "Not Found")
NEEDS_LOGIN = refusal(401, "Requires authentication", "/authentication")
NEEDS_ADMIN = refusal(403, "Must have admin rights to Repository.", "/actions/self-hosted-runners")
NOT_BY_JOB = refusal(403, "Resource not accessible by integration", "/actions/self-hosted-runners")


def answer(world: World, identity: Identity, target: str, at_s: int, accept: str = "") -> Answer:
    """The answer to GET of a target (path and query) at one instant."""
    path = target.partition("?")[0]
    ask = Ask(world, identity, path, query_of(target), at_s, accept)
    for pattern, handler in ROUTES:
        found = pattern.fullmatch(path)
        if found:
            return handler(ask, *map(unquote, found.groups()))
    return NOT_FOUND


def query_of(target: str) -> dict[str, str]:
    return dict(parse_qsl(target.partition("?")[2], keep_blank_values=True))


def encode(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def repo_named_in(path: str) -> str | None:
    found = re.match(r"/repos/([^/?]+/[^/?]+)", path)
    return found.group(1) if found else None


def repos_behind(world: World, path: str) -> list[Repo]:
    """The repositories whose life can show in the answer to a path."""
    parts = path.partition("?")[0].strip("/").split("/")
    if parts[0] == "repos" and len(parts) > 2:
        return [r for r in (world.repo(parts[1], parts[2]),) if r]
    if parts[0] == "repositories" and len(parts) > 1 and parts[1].isdigit():
        return [r for r in (world.repo_by_id(int(parts[1])),) if r]
    return [repo for repo in world.repos if repo.active]


# Repositories

def _with_repo(tail: Callable[..., Answer]) -> Callable[..., Answer]:
    """By name; a private one that the asker may not see does not exist, a renamed one points to its id."""
    def named(ask: Ask, owner: str, name: str, *rest: str) -> Answer:
        repo = ask.world.repo(owner, name)
        if repo is None:
            return _moved(ask, owner, name)
        return tail(ask, repo, *rest) if ask.sees(repo) else NOT_FOUND
    return named


def _with_repo_id(tail: Callable[..., Answer]) -> Callable[..., Answer]:
    def numbered(ask: Ask, number: str, *rest: str) -> Answer:
        repo = ask.world.repo_by_id(int(number))
        return tail(ask, repo, *rest) if repo and ask.sees(repo) else NOT_FOUND
    return numbered


def _moved(ask: Ask, owner: str, name: str) -> Answer:
    repo = ask.world.moved_to(owner, name)
    if repo is None or not ask.sees(repo):
        return NOT_FOUND
    tail = ask.path.split("/", 4)[4:]
    where = "/".join([f"/repositories/{repo.id}", *tail])
    value = {"message": "Moved Permanently", "url": where, "documentation_url": f"{DOCS}/guides/best-practices"}
    return Answer(301, value, location=where)


def _repo(ask: Ask, repo: Repo) -> Answer:
    updated_s = max(ask.world.pushes(repo, ask.at_s)[1], ask.world.stars(repo, ask.at_s)[1])
    return Answer(200, shapes.full_repo(ask.world, repo, ask.sight, ask.at_s), modified_s=updated_s)


def _repos(ask: Ask, repos: list[Repo], link_path: str) -> Answer:
    visible = [repo for repo in repos if ask.sees(repo)]
    page = pages.page_of(ask.query)
    value = [shapes.repo(ask.world, repo, ask.sight, ask.at_s) for repo in visible[page.first:page.end]]
    return Answer(200, value, len(visible), link_path)


def _owner_repos(ask: Ask, owner: Owner | None, kind: str | None = None) -> Answer:
    if owner is None or (kind and owner.kind != kind):
        return NOT_FOUND
    base = "organizations" if owner.kind == "Organization" and kind else "user"
    return _repos(ask, ask.world.repos_of(owner), f"/{base}/{owner.id}/repos")


def _user_repos(ask: Ask, login: str) -> Answer:
    return _owner_repos(ask, ask.world.owner(login))


def _user_id_repos(ask: Ask, number: str) -> Answer:
    return _owner_repos(ask, ask.world.owner_by_id(int(number)))


def _org_repos(ask: Ask, login: str) -> Answer:
    return _owner_repos(ask, ask.world.owner(login), "Organization")


def _org_id_repos(ask: Ask, number: str) -> Answer:
    return _owner_repos(ask, ask.world.owner_by_id(int(number)), "Organization")


def _my_repos(ask: Ask) -> Answer:
    """What belongs to the login, and the private ones that were granted."""
    if ask.identity.anonymous:
        return NEEDS_LOGIN
    mine = [r for r in ask.world.repos if r.owner.login == ask.sight.login or (r.private and ask.sees(r))]
    return _repos(ask, mine, "/user/repos")


# Runs and jobs

def _runs(ask: Ask, repo: Repo) -> Answer:
    numbers = range(ask.world.run_count(repo, ask.at_s), 0, -1)
    wanted = ask.query.get("status")
    if wanted:
        latest = (ask.world.run(repo, n) for n in numbers[:FILTERED_RUNS_MAX])
        numbers = [r.number for r in latest if wanted in (r.status(ask.at_s), _ending(r, ask.at_s))]
    if ask.query.get("branch", "main") != "main" or ask.query.get("event", "push") != "push":
        numbers = []
    page = pages.page_of(ask.query)
    runs = [shapes.run(ask.world, ask.world.run(repo, n), ask.at_s) for n in numbers[page.first:page.end]]
    value = {"total_count": len(numbers), "workflow_runs": runs}
    return Answer(200, value, len(numbers), f"/repositories/{repo.id}/actions/runs")


def _ending(run, at_s: int) -> str | None:
    return run.conclusion if run.status(at_s) == "completed" else None


def _run(ask: Ask, repo: Repo, number: str) -> Answer:
    run = ask.world.run_by_id(repo, int(number), ask.at_s)
    return Answer(200, shapes.run(ask.world, run, ask.at_s)) if run else NOT_FOUND


def _jobs(ask: Ask, repo: Repo, number: str) -> Answer:
    run = ask.world.run_by_id(repo, int(number), ask.at_s)
    if run is None:
        return NOT_FOUND
    page = pages.page_of(ask.query)
    jobs = [shapes.job(ask.world, job, ask.at_s) for job in ask.world.jobs(run)]
    value = {"total_count": len(jobs), "jobs": jobs[page.first:page.end]}
    return Answer(200, value, len(jobs), f"/repositories/{repo.id}/actions/runs/{run.id}/jobs")


def _artifacts(ask: Ask, repo: Repo, number: str) -> Answer:
    run = ask.world.run_by_id(repo, int(number), ask.at_s)
    return Answer(200, {"total_count": 0, "artifacts": []}) if run else NOT_FOUND


def _annotations(ask: Ask, repo: Repo, number: str) -> Answer:
    return Answer(200, [])


def _workflows(ask: Ask, repo: Repo) -> Answer:
    every = [shapes.workflow(repo)] if repo.active else []
    page = pages.page_of(ask.query)
    value = {"total_count": len(every), "workflows": every[page.first:page.end]}
    return Answer(200, value, len(every), f"/repositories/{repo.id}/actions/workflows")


def _workflow(ask: Ask, repo: Repo, number: str) -> Answer:
    it = shapes.workflow(repo)
    return Answer(200, it) if repo.active and int(number) == it["id"] else NOT_FOUND


# Issues

def _issues(ask: Ask, repo: Repo) -> Answer:
    every = ask.world.issues(repo, ask.at_s)
    page = pages.page_of(ask.query)
    value = [shapes.issue(ask.world, it) for it in every[page.first:page.end]]
    return Answer(200, value, len(every), f"/repositories/{repo.id}/issues")


def _issue(ask: Ask, repo: Repo, number: str) -> Answer:
    found = next((it for it in ask.world.issues(repo, ask.at_s) if it.number == int(number)), None)
    return Answer(200, shapes.issue(ask.world, found)) if found else NOT_FOUND


# Pull requests

def _pull(ask: Ask, repo: Repo, number: str) -> Answer:
    if not 1 <= int(number) <= graph.OPEN_PULLS:
        return NOT_FOUND
    if "diff" in ask.accept:
        return Answer(200, None, text=graph.DIFF)
    return Answer(200, {"number": int(number), "state": "open", "url": f"{shapes.API}/repos/{repo.full_name}/pulls/{number}"})


def _readme(ask: Ask, repo: Repo) -> Answer:
    text = base64.encodebytes(f"# {repo.name}\n\nA *small* repository.\n".encode()).decode()
    return Answer(200, {"type": "file", "encoding": "base64", "name": "README.md", "path": "README.md", "content": text,
                        "html_url": f"{shapes.HTML}/{repo.full_name}/blob/main/README.md"})


# Runners

def _refused(ask: Ask, what: str) -> Answer | None:
    if ask.identity.anonymous:
        return NEEDS_LOGIN
    if ask.identity.kind == "job":
        return NOT_BY_JOB
    return None if ask.sight.administers(what) else NEEDS_ADMIN


def _list_runners(ask: Ask, repo: Repo, link_path: str) -> Answer:
    page = pages.page_of(ask.query)
    every = [shapes.runner(ask.world, repo, i, ask.at_s) for i in range(repo.runners)]
    value = {"total_count": len(every), "runners": every[page.first:page.end]}
    return Answer(200, value, len(every), link_path)


def _repo_runners(ask: Ask, repo: Repo) -> Answer:
    refused = _refused(ask, repo.full_name)
    return refused or _list_runners(ask, repo, f"/repositories/{repo.id}/actions/runners")


def _org_runners(ask: Ask, login: str) -> Answer:
    """An organisation's runners live like those of its first repository."""
    owner = ask.world.owner(login)
    if owner is None or owner.kind != "Organization":
        return NOT_FOUND
    first = ask.world.repos_of(owner)[0]
    return _refused(ask, owner.login) or _list_runners(ask, first, f"/organizations/{owner.id}/actions/runners")


def _org_id_runners(ask: Ask, number: str) -> Answer:
    owner = ask.world.owner_by_id(int(number))
    return _org_runners(ask, owner.login) if owner else NOT_FOUND


def _routes() -> list[tuple[re.Pattern[str], Callable[..., Answer]]]:
    below_repo = {"": _repo, "/actions/runs": _runs, r"/actions/runs/(\d+)": _run,
                  r"/actions/runs/(\d+)/jobs": _jobs, "/actions/runners": _repo_runners,
                  r"/actions/runs/(\d+)/artifacts": _artifacts, r"/check-runs/(\d+)/annotations": _annotations,
                  "/actions/workflows": _workflows, r"/actions/workflows/(\d+)": _workflow,
                  "/issues": _issues, r"/issues/(\d+)": _issue, r"/pulls/(\d+)": _pull, "/readme": _readme}
    table: dict[str, Callable[..., Answer]] = {}
    for tail, handler in below_repo.items():
        table[r"/repos/([^/]+)/([^/]+)" + tail] = _with_repo(handler)
        table[r"/repositories/(\d+)" + tail] = _with_repo_id(handler)
    table |= {
        r"/user/repos": _my_repos, r"/users/([^/]+)/repos": _user_repos, r"/user/(\d+)/repos": _user_id_repos,
        r"/orgs/([^/]+)/repos": _org_repos, r"/organizations/(\d+)/repos": _org_id_repos,
        r"/orgs/([^/]+)/actions/runners": _org_runners,
        r"/organizations/(\d+)/actions/runners": _org_id_runners,
    }
    return [(re.compile(pattern), handler) for pattern, handler in table.items()]


ROUTES = _routes()

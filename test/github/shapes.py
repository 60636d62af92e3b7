# SPDX-License-Identifier: MIT
"""The JSON that GitHub gives for what is in the world; field names and order as in recorded answers."""

from __future__ import annotations

import base64

from .clock import iso
from .dice import between
from .tokens import Sight
from .world import EPOCH_S, STEPS, Issue, Job, Owner, Repo, Run, World

API = "https://api.github.com"
HTML = "https://github.com"
USER_LINKS = {
    "followers_url": "/followers", "following_url": "/following{/other_user}", "gists_url": "/gists{/gist_id}",
    "starred_url": "/starred{/owner}{/repo}", "subscriptions_url": "/subscriptions", "organizations_url": "/orgs",
    "repos_url": "/repos", "events_url": "/events{/privacy}", "received_events_url": "/received_events",
}
REPO_LINKS = {
    "forks_url": "/forks", "keys_url": "/keys{/key_id}", "collaborators_url": "/collaborators{/collaborator}",
    "teams_url": "/teams", "hooks_url": "/hooks", "issue_events_url": "/issues/events{/number}",
    "events_url": "/events", "assignees_url": "/assignees{/user}", "branches_url": "/branches{/branch}",
    "tags_url": "/tags", "blobs_url": "/git/blobs{/sha}", "git_tags_url": "/git/tags{/sha}",
    "git_refs_url": "/git/refs{/sha}", "trees_url": "/git/trees{/sha}", "statuses_url": "/statuses/{sha}",
    "languages_url": "/languages", "stargazers_url": "/stargazers", "contributors_url": "/contributors",
    "subscribers_url": "/subscribers", "subscription_url": "/subscription", "commits_url": "/commits{/sha}",
    "git_commits_url": "/git/commits{/sha}", "comments_url": "/comments{/number}",
    "issue_comment_url": "/issues/comments{/number}", "contents_url": "/contents/{+path}",
    "compare_url": "/compare/{base}...{head}", "merges_url": "/merges",
    "archive_url": "/{archive_format}{/ref}", "downloads_url": "/downloads", "issues_url": "/issues{/number}",
    "pulls_url": "/pulls{/number}", "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}", "labels_url": "/labels{/name}",
    "releases_url": "/releases{/id}", "deployments_url": "/deployments",
}
PERMISSIONS = ("admin", "maintain", "push", "triage", "pull")


def node_id(kind: str, number: int) -> str:
    return f"{kind}_{base64.urlsafe_b64encode(number.to_bytes(8, 'big')).decode().rstrip('=')}"


def account(owner: Owner) -> dict:
    url = f"{API}/users/{owner.login}"
    head = {"login": owner.login, "id": owner.id, "node_id": node_id(owner.kind[0], owner.id),
            "avatar_url": f"https://avatars.githubusercontent.com/u/{owner.id}?v=4", "gravatar_id": "",
            "url": url, "html_url": f"{HTML}/{owner.login}"}
    links = {name: url + tail for name, tail in USER_LINKS.items()}
    return {**head, **links, "type": owner.kind, "user_view_type": "public", "site_admin": False}


def minimal_repo(repo: Repo) -> dict:
    url = f"{API}/repos/{repo.full_name}"
    head = {"id": repo.id, "node_id": node_id("R", repo.id), "name": repo.name, "full_name": repo.full_name,
            "private": repo.private, "owner": account(repo.owner), "html_url": f"{HTML}/{repo.full_name}",
            "description": description(repo), "fork": False, "url": url}
    return {**head, **{name: url + tail for name, tail in REPO_LINKS.items()}}


def repo(world: World, it: Repo, sight: Sight, at_s: int) -> dict:
    """One of a list."""
    return {**minimal_repo(it), **_life(world, it, at_s), **_permissions(it, sight)}


def full_repo(world: World, it: Repo, sight: Sight, at_s: int) -> dict:
    tail: dict = {"temp_clone_token": None} if sight.login else {}
    if it.owner.kind == "Organization":
        tail["organization"] = account(it.owner)
    forks = between(0, 40, world.seed, "forks", it.id)
    return {**repo(world, it, sight, at_s), **tail, "network_count": forks, "subscribers_count": forks + 2}


def description(it: Repo) -> str | None:
    return None if it.name == "quiet" else f"Where {it.name} lives ☕ <tests & \"quotes\">"


def _life(world: World, it: Repo, at_s: int) -> dict:
    stars, starred_s = world.stars(it, at_s)
    pushes, pushed_s = world.pushes(it, at_s)
    forks = between(0, 40, world.seed, "forks", it.id)
    issues = between(0, 60, world.seed, "issues", it.id)
    return {
        "created_at": iso(EPOCH_S - 400 * 86400), "updated_at": iso(max(pushed_s, starred_s)),
        "pushed_at": iso(pushed_s), "git_url": f"git://github.com/{it.full_name}.git",
        "ssh_url": f"git@github.com:{it.full_name}.git", "clone_url": f"{HTML}/{it.full_name}.git",
        "svn_url": f"{HTML}/{it.full_name}", "homepage": "", "size": 108 + pushes,
        "stargazers_count": stars, "watchers_count": stars, "language": "C", "has_issues": True,
        "has_projects": True, "has_downloads": True, "has_wiki": True, "has_pages": False,
        "has_discussions": False, "forks_count": forks, "mirror_url": None, "archived": False,
        "disabled": False, "open_issues_count": issues,
        "license": {"key": "mit", "name": "MIT License", "spdx_id": "MIT", "url": f"{API}/licenses/mit",
                    "node_id": "MDc6TGljZW5zZTEz"},
        "allow_forking": True, "is_template": False, "web_commit_signoff_required": False,
        "topics": ["cache", "peer-to-peer"], "visibility": "private" if it.private else "public",
        "forks": forks, "open_issues": issues, "watchers": stars, "default_branch": "main",
    }


def _permissions(it: Repo, sight: Sight) -> dict:
    """Anonymous answers have none; the others differ by what the asker may do."""
    if sight.login is None:
        return {}
    admin = sight.administers(it.full_name)
    return {"permissions": {name: admin or name == "pull" for name in PERMISSIONS}}


def run(world: World, it: Run, at_s: int) -> dict:
    url = f"{API}/repos/{it.repo.full_name}/actions/runs/{it.id}"
    status = it.status(at_s)
    sha = world.head(it.repo, it.number)
    updated_s = {"queued": it.created_s, "in_progress": it.started_s}.get(status, it.finished_s)
    actor = account(Owner("octocat", 583231, "User"))
    suite = it.id + 1
    return {
        "id": it.id, "name": "CI", "node_id": node_id("WFR", it.id), "head_branch": "main", "head_sha": sha,
        "path": ".github/workflows/ci.yml", "display_title": world.title(it), "run_number": it.number,
        "event": "push", "status": status, "conclusion": it.conclusion if status == "completed" else None,
        "workflow_id": it.repo.id + 159038, "check_suite_id": suite, "check_suite_node_id": node_id("CS", suite),
        "url": url, "html_url": f"{HTML}/{it.repo.full_name}/actions/runs/{it.id}", "pull_requests": [],
        "created_at": iso(it.created_s), "updated_at": iso(updated_s), "actor": actor, "run_attempt": 1,
        "referenced_workflows": [], "run_started_at": iso(it.created_s), "triggering_actor": actor,
        "jobs_url": f"{url}/jobs", "logs_url": f"{url}/logs",
        "check_suite_url": f"{API}/repos/{it.repo.full_name}/check-suites/{suite}",
        "artifacts_url": f"{url}/artifacts", "cancel_url": f"{url}/cancel", "rerun_url": f"{url}/rerun",
        "previous_attempt_url": None,
        "workflow_url": f"{API}/repos/{it.repo.full_name}/actions/workflows/{it.repo.id + 159038}",
        "head_commit": {"id": sha, "tree_id": sha[::-1], "message": world.title(it), "timestamp": iso(it.pushed_s),
                        "author": {"name": "The Octocat", "email": "octocat@example.com"},
                        "committer": {"name": "GitHub", "email": "noreply@example.com"}},
        "repository": minimal_repo(it.repo), "head_repository": minimal_repo(it.repo),
    }


def issue(world: World, it: Issue) -> dict:
    url = f"{API}/repos/{it.repo.full_name}/issues/{it.number}"
    number = it.repo.id * 1000 + it.number
    opened = iso(it.opened_s)
    return {"url": url, "repository_url": f"{API}/repos/{it.repo.full_name}", "comments_url": f"{url}/comments",
            "html_url": f"{HTML}/{it.repo.full_name}/issues/{it.number}", "id": number, "node_id": node_id("I", number),
            "number": it.number, "title": it.title, "user": account(world.owner(it.login) or Owner(it.login, 1, "User")),
            "labels": [], "state": "open", "locked": False, "assignees": [], "milestone": None, "comments": 0,
            "created_at": opened, "updated_at": opened, "closed_at": None, "author_association": "MEMBER", "body": None}


def workflow(it: Repo) -> dict:
    number = it.id + 159038
    return {"id": number, "node_id": node_id("W", number), "name": "CI", "path": ".github/workflows/ci.yml",
            "state": "active", "created_at": iso(EPOCH_S - 400 * 86400), "updated_at": iso(EPOCH_S - 400 * 86400),
            "url": f"{API}/repos/{it.full_name}/actions/workflows/{number}",
            "html_url": f"{HTML}/{it.full_name}/blob/main/.github/workflows/ci.yml",
            "badge_url": f"{HTML}/{it.full_name}/workflows/CI/badge.svg"}


def job(world: World, it: Job, at_s: int) -> dict:
    run_url = f"{API}/repos/{it.run.repo.full_name}/actions/runs/{it.run.id}"
    status = it.status(at_s)
    begun, ended = status != "queued", status == "completed"
    return {
        "id": it.id, "run_id": it.run.id, "workflow_name": "CI", "head_branch": "main", "run_url": run_url,
        "run_attempt": 1, "node_id": node_id("CR", it.id), "head_sha": world.head(it.run.repo, it.run.number),
        "url": f"{API}/repos/{it.run.repo.full_name}/actions/jobs/{it.id}",
        "html_url": f"{HTML}/{it.run.repo.full_name}/actions/runs/{it.run.id}/job/{it.id}", "status": status,
        "conclusion": it.run.conclusion if ended else None, "created_at": iso(it.run.created_s),
        "started_at": iso(it.started_s if begun else it.run.created_s),
        "completed_at": iso(it.finished_s if ended else None), "name": it.name,
        "steps": [_step(it, i, at_s) for i in range(len(STEPS)) if begun],
        "check_run_url": f"{API}/repos/{it.run.repo.full_name}/check-runs/{it.id}",
        "labels": ["ubuntu-latest"] if it.runner is None else ["self-hosted", "linux", "x64"],
        **_where(it, begun),
    }


def _step(it: Job, index: int, at_s: int) -> dict:
    begin_s, end_s = it.steps_s[index], it.steps_s[index + 1]
    status = "queued" if at_s < begin_s else "in_progress" if at_s < end_s else "completed"
    return {"name": STEPS[index], "status": status, "conclusion": "success" if status == "completed" else None,
            "number": index + 1, "started_at": iso(begin_s if at_s >= begin_s else None),
            "completed_at": iso(end_s if at_s >= end_s else None)}


def _where(it: Job, begun: bool) -> dict:
    if not begun:
        return {"runner_id": None, "runner_name": None, "runner_group_id": None, "runner_group_name": None}
    if it.runner is None:
        return {"runner_id": 1000 + it.run.number % 1000, "runner_name": f"GitHub Actions {it.run.number % 1000}",
                "runner_group_id": 0, "runner_group_name": "GitHub Actions"}
    return {"runner_id": runner_id(it.run.repo, it.runner), "runner_name": runner_name(it.run.repo, it.runner),
            "runner_group_id": 1, "runner_group_name": "Default"}


def runner_id(repo_: Repo, index: int) -> int:
    return repo_.id % 1000 * 10 + index + 1


def runner_name(repo_: Repo, index: int) -> str:
    return f"{repo_.name}-linux-{index + 1}"


def runner(world: World, it: Repo, index: int, at_s: int) -> dict:
    status, busy = world.runner_state(it, index, at_s)
    labels = [{"id": 1, "name": "self-hosted", "type": "read-only"}, {"id": 2, "name": "Linux", "type": "read-only"},
              {"id": 3, "name": "X64", "type": "read-only"}, {"id": 10 + index, "name": it.name, "type": "custom"}]
    return {"id": runner_id(it, index), "name": runner_name(it, index), "os": "Linux", "status": status,
            "busy": busy, "ephemeral": False, "runner_group_id": 1, "labels": labels}

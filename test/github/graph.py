# SPDX-License-Identifier: MIT
"""What GraphQL shows of the world: the same repositories and runs as REST, and issues, pull requests and releases,
which do not change."""

from __future__ import annotations

from . import shapes
from .clock import iso
from .dice import between, choose, hex40
from .graphql import GraphQLError, execute, parse
from .tokens import Identity
from .world import EPOCH_S, TITLES, Owner, Repo, World

DAY_S = 86400
OPEN_ISSUES, OPEN_PULLS, RELEASES = 40, 3, 3
DIFF = ("diff --git a/README.md b/README.md\nindex 1111111..2222222 100644\n--- a/README.md\n+++ b/README.md\n"
        "@@ -1 +1 @@\n-old ☕\n+new <tests & \"quotes\">\n")


def answer(world: World, identity: Identity, asked: dict, at_s: int) -> dict:
    """What is answered to a POST of `asked`; errors come with status 200."""
    try:
        document = parse(str(asked.get("query") or ""))
        if document.kind != "query":
            raise GraphQLError("Only queries are played")
        return {"data": execute(document, asked.get("variables") or {}, _root(world, identity, at_s))}
    except GraphQLError as error:
        return {"data": None, "errors": [{"message": str(error), "type": "NOT_FOUND"}]}


def _root(world: World, identity: Identity, at_s: int) -> dict:
    def seen(repo: Repo | None) -> Repo | None:
        hidden = repo is None or (repo.private and not identity.sight.sees(repo.full_name))
        return None if hidden else repo

    def repository(given: dict) -> dict:
        repo = seen(world.repo(given["owner"], given["name"]) or world.moved_to(given["owner"], given["name"]))
        if repo is None:
            raise GraphQLError(f"Could not resolve to a Repository with the name '{given['owner']}/{given['name']}'.")
        return _repository(world, repo, at_s)

    def owner(given: dict) -> dict | None:
        found = world.owner(given["login"])
        return None if found is None else {
            **_account(found),
            "repositories": _connection([_repository(world, r, at_s) for r in world.repos_of(found) if seen(r)])}

    def node(given: dict) -> dict | None:
        for repo in world.repos:
            for number in range(1, OPEN_PULLS + 1):
                if seen(repo) and given["id"] == _id("PR", repo, number):
                    return _pull(world, repo, number, at_s)
        return None

    viewer = world.owner(identity.sight.login or "") or Owner(identity.sight.login or "", 0, "User")
    return {"__typename": "Query", "repository": repository, "repositoryOwner": owner, "node": node,
            "viewer": _account(viewer)}


def _connection(things: list) -> object:
    """In pages: first and after, or last. A cursor is the place."""
    def page(given: dict) -> dict:
        start = int(given.get("after") or 0)
        size = given.get("first")
        chosen = things[start:start + size] if size is not None else things[-given.get("last", len(things)):]
        end = start + len(chosen)
        return {"__typename": "Connection", "nodes": chosen, "totalCount": len(things),
                "pageInfo": {"hasNextPage": end < len(things) and size is not None, "endCursor": str(end)}}
    return page


def _id(kind: str, repo: Repo, number: int) -> str:
    return shapes.node_id(kind, repo.id * 1000 + number)


def _account(owner: Owner) -> dict:
    return {"__typename": owner.kind, "id": shapes.node_id(owner.kind[0], owner.id), "login": owner.login,
            "name": owner.login.title()}


def _repository(world: World, repo: Repo, at_s: int) -> dict:
    issues = [_issue(world, repo, number) for number in range(100 + OPEN_ISSUES, 100, -1)]
    pulls = [_pull(world, repo, number, at_s) for number in range(OPEN_PULLS, 0, -1)]
    return {
        "__typename": "Repository", "id": shapes.node_id("R", repo.id), "name": repo.name,
        "nameWithOwner": repo.full_name, "owner": _account(repo.owner), "description": shapes.description(repo),
        "isPrivate": repo.private, "isFork": False, "isArchived": False, "visibility": "PRIVATE" if repo.private else "PUBLIC",
        "createdAt": iso(EPOCH_S - 400 * DAY_S), "pushedAt": iso(world.pushes(repo, at_s)[1]),
        "stargazerCount": world.stars(repo, at_s)[0], "hasIssuesEnabled": True, "url": f"{shapes.HTML}/{repo.full_name}",
        "defaultBranchRef": {"__typename": "Ref", "name": "main"},
        "issues": _connection(issues),
        "pullRequests": lambda given: _connection(
            [p for p in pulls if given.get("headRefName") in (None, p["headRefName"])])(given),
        "pullRequest": lambda given: _one(pulls, given["number"], "PullRequest"),
        "issueOrPullRequest": lambda given: _one(pulls + issues, given["number"], "issue or pull request"),
        "releases": _connection([_release(world, repo, number) for number in range(RELEASES, 0, -1)]),
    }


def _one(things: list, number: int, kind: str) -> dict:
    for thing in things:
        if thing["number"] == number:
            return thing
    raise GraphQLError(f"Could not resolve to an {kind} with the number of {number}.")


def _discussed(world: World, repo: Repo, number: int) -> dict:
    """What issues and pull requests have in common."""
    key = (world.seed, "talk", repo.id, number)
    label = {"__typename": "Label", "id": shapes.node_id("LA", number), "name": "bug", "description": None, "color": "d73a4a"}
    comment = {"__typename": "IssueComment", "id": shapes.node_id("IC", number), "viewerDidAuthor": False,
               "url": f"{shapes.HTML}/{repo.full_name}/issues/{number}#issuecomment-{number}", "author": _account(Owner("octocat", 583231, "User")),
               "authorAssociation": "MEMBER", "body": "Seen here too.", "createdAt": iso(EPOCH_S), "includesCreatedEdit": False,
               "isMinimized": False, "minimizedReason": "", "reactionGroups": []}
    return {
        "number": number, "title": choose(TITLES, *key), "state": "OPEN", "body": "It <does> this & *that*.\n",
        "createdAt": iso(EPOCH_S + number * DAY_S // 24), "updatedAt": iso(EPOCH_S + number * DAY_S // 12),
        "author": _account(Owner("octocat", 583231, "User")), "milestone": None, "assignees": _connection([]),
        "labels": _connection([label] if number % 3 == 0 else []), "projectCards": _connection([]),
        "reactionGroups": [], "comments": _connection([comment] * between(0, 3, *key, "comments")),
    }


def _issue(world: World, repo: Repo, number: int) -> dict:
    return {"__typename": "Issue", "id": _id("I", repo, number), "stateReason": None,
            "url": f"{shapes.HTML}/{repo.full_name}/issues/{number}", **_discussed(world, repo, number)}


def _pull(world: World, repo: Repo, number: int, at_s: int) -> dict:
    commit = {"__typename": "PullRequestCommit", "commit": {
        "__typename": "Commit", "oid": hex40(world.seed, "pull", repo.id, number),
        "statusCheckRollup": {"__typename": "StatusCheckRollup", "contexts": _connection(_checks(world, repo, at_s))}}}
    return {
        "__typename": "PullRequest", "id": _id("PR", repo, number), "isDraft": number == 2, "isCrossRepository": False,
        "url": f"{shapes.HTML}/{repo.full_name}/pull/{number}", "headRefName": f"fix-{number}", "baseRefName": "main",
        "headRepositoryOwner": _account(repo.owner),
        "headRepository": {"__typename": "Repository", "id": shapes.node_id("R", repo.id), "name": repo.name,
                           "owner": _account(repo.owner)},
        "maintainerCanModify": False, "mergeable": "MERGEABLE", "additions": 1, "deletions": 1,
        "commits": _connection([commit]), "reviewRequests": _connection([]), "reviews": _connection([]),
        **_discussed(world, repo, number),
    }


def _checks(world: World, repo: Repo, at_s: int) -> list:
    """Those of the last run."""
    count = world.run_count(repo, at_s)
    checks = []
    for job in world.jobs(world.run(repo, count)) if count else ():
        status = job.status(at_s)
        done = status == "completed"
        checks.append({
            "__typename": "CheckRun", "name": job.name, "status": status.upper(), "isRequired": False,
            "conclusion": job.run.conclusion.upper() if done else "", "startedAt": iso(job.started_s),
            "completedAt": iso(job.finished_s) if done else None,
            "detailsUrl": f"{shapes.HTML}/{repo.full_name}/actions/runs/{job.run.id}/job/{job.id}",
            "checkSuite": {"__typename": "CheckSuite", "workflowRun": {
                "__typename": "WorkflowRun", "workflow": {"__typename": "Workflow", "name": "CI"}}}})
    return checks


def _release(world: World, repo: Repo, number: int) -> dict:
    at = iso(EPOCH_S + number * 30 * DAY_S)
    return {"__typename": "Release", "name": f"Version 1.{number}", "tagName": f"v1.{number}", "isDraft": False,
            "isLatest": number == RELEASES, "isPrerelease": False, "createdAt": at, "publishedAt": at,
            "url": f"{shapes.HTML}/{repo.full_name}/releases/tag/v1.{number}"}

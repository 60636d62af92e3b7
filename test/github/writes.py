# SPDX-License-Identifier: MIT
"""The one thing that clients may change: they open issues."""

from __future__ import annotations

import json
import re

from . import routes, shapes
from .tokens import Identity
from .world import World

ISSUES = re.compile(r"/repos/([^/]+)/([^/]+)/issues")


def answer(world: World, identity: Identity, target: str, body: bytes, at_s: int) -> routes.Answer:
    """The answer to POST of a target."""
    found = ISSUES.fullmatch(target.partition("?")[0])
    repo = world.repo(*found.groups()) if found else None
    if repo is None or (repo.private and not identity.sight.sees(repo.full_name)):
        return routes.NOT_FOUND
    if identity.anonymous:
        return routes.NEEDS_LOGIN
    try:
        asked = json.loads(body)
    except ValueError:
        return routes.refusal(400, "Problems parsing JSON")
    title = asked.get("title") if isinstance(asked, dict) else None
    if not isinstance(title, str) or not title:
        return _missing_title()
    value = shapes.issue(world, world.open_issue(repo, title, identity.sight.login or "", at_s))
    return routes.Answer(201, value, location=value["url"])


def _missing_title() -> routes.Answer:
    refused = routes.refusal(422, "Validation Failed", "/issues/issues#create-an-issue")
    return routes.Answer(422, {**refused.value, "errors": [{"resource": "Issue", "code": "missing_field", "field": "title"}]})

# SPDX-License-Identifier: MIT
"""Who is asking: tokens, what each may see, and from which budget it pays."""

from __future__ import annotations

import base64
import hashlib
import threading
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from . import limits

FINGERPRINT_CHARS = 12
ANONYMOUS = "anonymous"


@dataclass(frozen=True)
class Sight:
    """What an identity may see. A body depends on the asker through this and nothing else."""

    login: str | None = None
    private: tuple[str, ...] = ()    # patterns of owner/name, lower case
    admin: tuple[str, ...] = ()

    def sees(self, full_name: str) -> bool:
        return any(fnmatchcase(full_name.lower(), pattern) for pattern in self.private)

    def administers(self, full_name: str) -> bool:
        return any(fnmatchcase(full_name.lower(), pattern) for pattern in self.admin)


@dataclass(frozen=True)
class Identity:
    who: str
    kind: str                        # "user", "job" or "anonymous"
    principal: str
    limit: int
    sight: Sight = field(default_factory=Sight)

    @property
    def anonymous(self) -> bool:
        return self.kind == ANONYMOUS


@dataclass
class Grant:
    login: str = "octocat"
    sees: tuple[str, ...] = ()
    admin: tuple[str, ...] = ("octo-org/*", "octo-org")
    repo: str | None = None          # the repository a job token belongs to
    limit: int | None = None
    revoked: bool = False


class BadCredentials(Exception):
    pass


class Tokens:
    """The table set by admin calls. A token nobody spoke of is octocat's, sees what is public, administers octo-org."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._grants: dict[str, Grant] = {}

    def clear(self) -> None:
        with self._lock:
            self._grants.clear()

    def grant(self, token: str, **changes) -> None:
        with self._lock:
            grant = self._grants.setdefault(token, Grant())
            for name, value in changes.items():
                setattr(grant, name, tuple(v.lower() for v in value) if isinstance(value, list) else value)

    def identify(self, authorization: str | None, address: str, repo: str | None) -> Identity:
        """Raises BadCredentials for a revoked token or a scheme that is none."""
        if authorization is None:
            return Identity(ANONYMOUS, ANONYMOUS, f"address:{address}", limits.LIMIT_ANONYMOUS)
        token = token_of(authorization)
        with self._lock:
            grant = self._grants.get(token) or Grant()
        if not token or grant.revoked:
            raise BadCredentials
        return _job(token, grant, repo) if token.startswith("ghs_") else _user(token, grant)


def token_of(authorization: str) -> str:
    """`token X`, `Bearer X` and basic with X as the password are one identity."""
    scheme, _, rest = authorization.strip().partition(" ")
    if scheme.lower() in ("token", "bearer"):
        return rest.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(rest, validate=True).decode().partition(":")[2]
    except ValueError:
        return ""


def fingerprint(token: str) -> str:
    """The first characters of what GitHub's audit log calls hashed_token."""
    return base64.b64encode(hashlib.sha256(token.encode()).digest()).decode()[:FINGERPRINT_CHARS]


def _user(token: str, grant: Grant) -> Identity:
    sight = Sight(grant.login, grant.sees, grant.admin)
    return Identity(fingerprint(token), "user", f"user:{grant.login}", grant.limit or limits.LIMIT_TOKEN, sight)


def _job(token: str, grant: Grant, repo: str | None) -> Identity:
    """All job tokens of a repository draw from one budget, and see that repository."""
    home = (grant.repo or repo or "octo-org/hello").lower()
    sight = Sight("github-actions[bot]", (home, *grant.sees), ())
    return Identity(fingerprint(token), "job", f"repo:{home}", grant.limit or limits.LIMIT_JOB, sight)

"""Signed tokens in the links of a mail: who holds one may vote on one story, or leave one letter. Pure.

They name no person but in a leave token, expire never (a letter may be read late) and cannot be made without the
home's key. The same content and key give the same token, so that an issue built again is the same.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import TypeVar

from itsdangerous import BadData, URLSafeSerializer


class BadTokenError(Exception):
    """The token was not made with this home's key, or not for this purpose."""


@dataclass(frozen=True, slots=True)
class VoteToken:
    """One story in one issue, under one topic; the verdict is chosen on the page."""

    digest_id: str
    story_id: str
    topic_id: str


@dataclass(frozen=True, slots=True)
class LeaveToken:
    """One recipient of one audience's letter."""

    audience: str
    recipient: str


Token = TypeVar("Token", VoteToken, LeaveToken)


def build_token(key: str, content: VoteToken | LeaveToken) -> str:
    """Safe in an address: letters, digits, ``-``, ``_`` and ``.``."""
    token = _serializer(key, type(content)).dumps(list(astuple(content)))
    return token if isinstance(token, str) else token.decode("ascii")


def parse_token(key: str, token: str, purpose: type[Token]) -> Token:
    """What was signed; raises `BadTokenError`."""
    try:
        parts = _serializer(key, purpose).loads(token)
    except (BadData, ValueError) as error:
        raise BadTokenError("this link was not made here, or it was cut on its way") from error
    if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
        raise BadTokenError("this link has another content than expected")
    return purpose(*parts)


def _serializer(key: str, purpose: type[VoteToken] | type[LeaveToken]) -> URLSafeSerializer:
    return URLSafeSerializer(key, salt=f"veille {purpose.__name__}")

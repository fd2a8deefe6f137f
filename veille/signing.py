"""Signed tokens in the links of a mail: who holds one may vote on one story, or leave one letter. Pure.

They name no person but in a leave token, expire never (a letter may be read late) and cannot be made without the
home's key. The same content and key give the same token, so that an issue built again is the same.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields
from typing import TypeVar
from urllib.parse import quote, unquote

from itsdangerous import BadData, Signer


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
    """Readable and safe in an address: the parts and a signature, joined by full stops."""
    return _signer(key, type(content)).sign(".".join(map(_escape, astuple(content)))).decode("ascii")


def parse_token(key: str, token: str, purpose: type[Token]) -> Token:
    """What was signed; raises `BadTokenError`."""
    try:
        signed = _signer(key, purpose).unsign(token.encode("ascii")).decode("ascii")
    except (BadData, UnicodeError) as error:
        raise BadTokenError("this link was not made here, or it was cut on its way") from error
    parts = [unquote(part.replace("~", "%")) for part in signed.split(".")]
    if len(parts) != len(fields(purpose)):
        raise BadTokenError("this link has another content than expected")
    return purpose(*parts)


def _escape(part: str) -> str:
    """Letters, digits, ``-`` and ``_`` as they are, each other byte as ``~`` and its code."""
    return quote(part, safe="").replace("~", "%7E").replace(".", "%2E").replace("%", "~")


def _signer(key: str, purpose: type[VoteToken] | type[LeaveToken]) -> Signer:
    return Signer(key, salt=f"veille {purpose.__name__}")

"""Rules of the signed links in a mail."""

from __future__ import annotations

import pytest

from veille.signing import BadTokenError, LeaveToken, VoteToken, build_token, parse_token

VOTE = VoteToken("equipe-2026-W10", "0123456789abcdef", "ia-générative")


def test_a_token_says_what_was_signed() -> None:
    """And the same content makes the same token."""
    token = build_token("key", VOTE)
    assert token.startswith("equipe-2026-W10.0123456789abcdef.ia-g~C3~A9n~C3~A9rative.")
    assert parse_token("key", token, VoteToken) == VOTE
    assert token == build_token("key", VOTE)


@pytest.mark.parametrize("token", ["", "x", build_token("other", VOTE), build_token("key", VOTE)[:-1] + "_", "é" * 40])
def test_a_token_of_another_key_is_refused(token: str) -> None:
    """So is one that was cut, changed or made up."""
    with pytest.raises(BadTokenError):
        parse_token("key", token, VoteToken)


def test_a_token_serves_one_purpose() -> None:
    """A vote cannot make anybody leave."""
    with pytest.raises(BadTokenError):
        parse_token("key", build_token("key", VOTE), LeaveToken)


def test_an_address_survives() -> None:
    """Whatever a mail address is made of."""
    leave = LeaveToken("equipe", "marie.~d'o%2e+veille@xn--exmple-cua.org")
    assert parse_token("key", build_token("key", leave), LeaveToken) == leave

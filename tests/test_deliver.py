"""Mail over a real SMTP conversation on loopback."""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest

from tests.smtp import open_clerk
from veille.config import Mail
from veille.deliver import MailServerError, build_message, build_message_id, check_server, send_messages

SENT_AT = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)


def mail(port: int, **changes: Any) -> Mail:
    given = {"host": "127.0.0.1", "port": port, "security": "none", "from": "Veille <veille@example.org>", **changes}
    return Mail.model_validate(given)


def message(recipient: str, text: str = "Bonjour à toutes et à tous\n") -> EmailMessage:
    return build_message(
        digest_id="hebdo-2026-W10",
        subject="Veille : l’IA générative\r\nBcc: x@example.org",
        html="<p>" + "é" * 3000 + "</p>",
        text=text,
        sender="Veille <veille@example.org>",
        recipient=recipient,
        sent_at=SENT_AT,
    )


def test_each_recipient_has_their_own_fate() -> None:
    """A refusal is final, what passes is to be tried again, and the others get their mail."""
    people = ["a@example.org", "refused@example.org", "later@example.org", "drop@example.org", "b@example.org"]
    with open_clerk() as (clerk, port):
        told = list(send_messages(mail(port), None, [message(person) for person in people]))
    assert [(one.recipient, one.status) for one in told] == list(
        zip(people, ["sent", "refused", "retry", "retry", "sent"], strict=True)
    )
    assert told[1].error == "550 no such user"
    assert len(clerk.accepted) == 2


def test_a_message_is_valid_mail() -> None:
    """Text before HTML, short lines, no header smuggled in by a title, marked as automatic, no eight-bit bytes."""
    body = message("a@example.org").as_bytes()
    parsed = message_from_bytes(body, policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    assert parsed["Bcc"] is None
    assert parsed["Subject"] == "Veille : l’IA générative Bcc: x@example.org"
    assert parsed["Auto-Submitted"] == "auto-generated"
    assert [part.get_content_type() for part in parsed.iter_parts()] == ["text/plain", "text/html"]
    assert max(len(line) for line in body.splitlines()) < 998
    assert body.isascii()


def test_the_message_id_follows_the_digest_and_the_recipient() -> None:
    """The same digest to the same person, however often it is built, has one Message-ID."""
    one = build_message_id("hebdo-2026-W10", "A@example.org", "Veille <veille@example.org>")
    assert one == build_message_id("hebdo-2026-W10", "a@example.org", "Veille <veille@example.org>")
    assert one != build_message_id("hebdo-2026-W11", "a@example.org", "Veille <veille@example.org>")
    assert one.endswith("@example.org>")


def test_a_server_that_is_not_there_is_told_with_what_to_check() -> None:
    """Nothing is handed over, and the error names the server."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(MailServerError, match=rf"127.0.0.1:{port}.*mail.port"):
        list(send_messages(mail(port), None, [message("a@example.org")]))


def test_nothing_is_sent_in_clear_when_security_was_asked_for() -> None:
    """A server without STARTTLS gets no message and no password."""
    with open_clerk() as (clerk, port):
        with pytest.raises(MailServerError, match="security"):
            list(send_messages(mail(port, security="starttls", username="u"), "secret", [message("a@example.org")]))
        assert not clerk.accepted


def test_a_password_that_is_missing_or_unwanted_is_never_shown() -> None:
    """The error says what to set, and does not repeat the password."""
    with open_clerk() as (_clerk, port):
        with pytest.raises(MailServerError, match="VEILLE_SMTP_PASSWORD"):
            check_server(mail(port, username="u"), None)
        with pytest.raises(MailServerError) as caught:
            check_server(mail(port, username="u"), "secret")
        assert "secret" not in str(caught.value)

"""The one module that speaks SMTP. Each recipient gets a message of their own."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from typing import Literal

from veille.config import Mail
from veille.values import short_hash

TIMEOUT_SECONDS = 30
DeliveryStatus = Literal["sent", "retry", "refused", "suppressed"]


class MailServerError(Exception):
    """The mail server cannot be used at all now; no message was handed over since."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one message."""

    recipient: str
    status: DeliveryStatus
    error: str | None = None


def build_message_id(digest_id: str, recipient: str, sender: str) -> str:
    """The same digest to the same person has the same Message-ID, so that a repeat can be recognised."""
    domain = parseaddr(sender)[1].rpartition("@")[2] or "localhost"
    return f"<{digest_id}.{short_hash(digest_id, recipient.lower())}@{domain}>"


def build_message(
    *, digest_id: str, subject: str, html: str, text: str, sender: str, recipient: str, sent_at: datetime
) -> EmailMessage:
    """A digest as a mail: text and HTML of equal worth, marked as automatic (RFC 3834)."""
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = recipient
    message["Subject"] = " ".join(subject.split())
    message["Date"] = sent_at
    message["Message-ID"] = build_message_id(digest_id, recipient, sender)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text, cte="quoted-printable")
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    return message


def send_messages(mail: Mail, password: str | None, messages: Sequence[EmailMessage]) -> Iterator[Delivery]:
    """Hand messages over one by one; yields what became of each as soon as it is known.

    A refusal (5xx) is final, anything passing (4xx, a lost connection) is to be tried again, alone.
    Raises `MailServerError` when the server cannot be reached, secured or logged in to; what was yielded before stands.
    """
    waiting = list(messages)
    while waiting:
        with _open_server(mail, password) as server:
            while waiting:
                delivery = _send_one(server, waiting.pop(0))
                yield delivery
                if delivery.status != "sent":
                    break  # the connection may be in any state: the next message gets a new one


def check_server(mail: Mail, password: str | None) -> None:
    """Connect, secure and log in, and send nothing; raises `MailServerError`."""
    with _open_server(mail, password):
        pass


def _send_one(server: smtplib.SMTP, message: EmailMessage) -> Delivery:
    recipient = str(message["To"])
    try:
        server.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        code, answer = next(iter(error.recipients.values()))
        return _not_sent(recipient, code, answer)
    except smtplib.SMTPResponseException as error:
        return _not_sent(recipient, error.smtp_code, error.smtp_error)
    except (smtplib.SMTPException, OSError) as error:
        return Delivery(recipient, "retry", f"The connection to the mail server was lost: {error}")
    return Delivery(recipient, "sent")


def _not_sent(recipient: str, code: int, answer: bytes | str) -> Delivery:
    words = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return Delivery(recipient, "refused" if 500 <= code < 600 else "retry", f"{code} {' '.join(words.split())}")


@contextmanager
def _open_server(mail: Mail, password: str | None) -> Iterator[smtplib.SMTP]:
    where = f"{mail.host}:{mail.port}"
    try:
        server = _connect(mail)
    except (OSError, smtplib.SMTPException) as error:
        raise MailServerError(
            f"The mail server {where} cannot be used ({error}): check mail.host, mail.port and mail.security."
        ) from error
    with server:
        if mail.username is not None:
            _log_in(server, mail.username, password, where)
        yield server


def _connect(mail: Mail) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if mail.security == "tls":
        return smtplib.SMTP_SSL(mail.host, mail.port, timeout=TIMEOUT_SECONDS, context=context)
    server = smtplib.SMTP(mail.host, mail.port, timeout=TIMEOUT_SECONDS)
    try:
        if mail.security == "starttls":
            server.starttls(context=context)  # raises when not offered: nothing is ever sent in clear instead
    except BaseException:
        server.close()
        raise
    return server


def _log_in(server: smtplib.SMTP, username: str, password: str | None, where: str) -> None:
    if password is None:
        raise MailServerError(
            f"No password for {username} at {where}: set VEILLE_SMTP_PASSWORD in the environment or in .env."
        )
    try:
        server.login(username, password)
    except smtplib.SMTPAuthenticationError as error:
        raise MailServerError(
            f"{where} did not accept the password of {username} ({error.smtp_code}): check VEILLE_SMTP_PASSWORD."
        ) from None  # the server's words may repeat what was sent
    except smtplib.SMTPException as error:
        raise MailServerError(f"{where} offers no way to log in as {username}: {error}") from None

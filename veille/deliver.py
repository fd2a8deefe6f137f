"""The one module that speaks SMTP. Each recipient gets a message of their own."""

from __future__ import annotations

import io
import re
import smtplib
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from ipaddress import ip_address
from typing import Any, Literal

from veille.config import Mail
from veille.message import split_sender, to_ascii_address

TIMEOUT_SECONDS = 30.0  # for a whole answer, however slowly it comes
LONGEST_ANSWER = 64 * 1024  # bytes
PAUSES_SECONDS = (1.0, 5.0, 25.0)  # before each further try of what the server said "later" to
NOT_LOGGED_IN = frozenset({530, 534, 535, 538})  # RFC 4954: this is about us, and not about a message
NO_SUCH_MAILBOX = frozenset({550, 551, 553})  # RFC 5321
DeliveryStatus = Literal["sent", "retry", "refused", "suppressed"]


class MailServerError(Exception):
    """The mail server cannot be used at all now; no message was handed over since."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one message."""

    recipient: str
    status: DeliveryStatus
    error: str | None = None
    bounced: bool = False  # refused because there is no such mailbox: nothing will ever arrive there
    later: bool = False  # the server itself asked to come back
    stalled: bool = False  # it fell silent


def send_messages(
    mail: Mail,
    password: str | None,
    messages: Sequence[EmailMessage],
    *,
    pauses_seconds: Sequence[float] = PAUSES_SECONDS,
    wait: Callable[[float], object] = time.sleep,
    timeout_seconds: float = TIMEOUT_SECONDS,
) -> Iterator[Delivery]:
    """Hand messages over one by one; yields what became of each as soon as it is settled.

    A refusal (5xx) is final. What the server says "later" to (4xx) is tried again after each of the pauses, and is left
    for another day with the status ``retry`` after the last. So is, at once, a message on whose way the connection was
    lost: the server may have taken it, and a hurried repeat would be one too many.
    Raises `MailServerError` when the server cannot be reached, secured or logged in to, or falls silent twice in a row;
    what was yielded before stands.
    """
    waiting = list(messages)
    for pause in (*pauses_seconds, None):
        later = []
        for message, delivery in _send_round(mail, password, waiting, timeout_seconds):
            if delivery.later and pause is not None:
                later.append(message)
            else:
                yield delivery
        if not later or pause is None:
            return
        wait(pause)
        waiting = later


def check_server(mail: Mail, password: str | None) -> None:
    """Connect, secure and log in, and send nothing; raises `MailServerError`."""
    with _open_server(mail, password, TIMEOUT_SECONDS):
        pass


def _send_round(
    mail: Mail, password: str | None, messages: Sequence[EmailMessage], timeout_seconds: float
) -> Iterator[tuple[EmailMessage, Delivery]]:
    waiting, silences = list(messages), 0
    while waiting:
        with _open_server(mail, password, timeout_seconds) as server:
            while waiting:
                message = waiting.pop(0)
                delivery = _send_one(server, message)
                silences = silences + 1 if delivery.stalled else 0
                yield message, delivery
                if delivery.status != "sent":
                    break  # the connection may be in any state: the next message gets a new one
        if silences > 1 and waiting:
            raise MailServerError(f"The mail server {mail.host}:{mail.port} fell silent twice: the rest waits.")


def _send_one(server: smtplib.SMTP, message: EmailMessage) -> Delivery:
    recipient = str(message["To"])
    sender = to_ascii_address(split_sender(str(message["From"]))[1])
    try:
        server.sendmail(sender, [to_ascii_address(recipient)], message.as_bytes())
    except smtplib.SMTPRecipientsRefused as error:
        code, answer = next(iter(error.recipients.values()))
        words = _words(code, answer)
        return _not_sent(recipient, code, words, bounced=is_bounce(words))
    except smtplib.SMTPSenderRefused as error:
        words = _words(error.smtp_code, error.smtp_error)
        # Of the sender, and so of every message; but for its size (RFC 1870), which is this one's.
        if 500 <= error.smtp_code < 600 and error.smtp_code not in {552, *NOT_LOGGED_IN}:
            raise MailServerError(f"The mail server takes nothing from {sender} ({words}): check mail.from.") from error
        return _not_sent(recipient, error.smtp_code, words)
    except smtplib.SMTPResponseException as error:
        return _not_sent(recipient, error.smtp_code, _words(error.smtp_code, error.smtp_error))
    except (smtplib.SMTPException, OSError) as error:
        stalled = isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)
        return Delivery(recipient, "retry", f"The connection to the mail server was lost: {error}", stalled=stalled)
    return Delivery(recipient, "sent")


def _words(code: int, answer: bytes | str) -> str:
    words = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return f"{code} {' '.join(words.split())}"


def _not_sent(recipient: str, code: int, words: str, *, bounced: bool = False) -> Delivery:
    if code in NOT_LOGGED_IN:
        raise MailServerError(f"The mail server wants a login ({words}): check mail.username and VEILLE_SMTP_PASSWORD.")
    if 500 <= code < 600:
        return Delivery(recipient, "refused", words, bounced=bounced)
    return Delivery(recipient, "retry", words, later=True)


def is_bounce(answer: str) -> bool:
    """Whether an answer to RCPT, such as ``550 5.1.1 no such user``, says that the mailbox is not there for good.

    By the enhanced code (RFC 3463) where there is one: bad addresses of recipients, and mailboxes that are closed. Else
    by the code, unless the words speak of relaying, of lists or of rules, which servers without enhanced codes refuse
    with the same 550.
    """
    code, _, words = answer.partition(" ")
    if enhanced := re.match(r"5\.(\d{1,3})\.(\d{1,3})\b", words):
        subject, detail = enhanced.groups()
        return (subject == "1" and detail not in ("7", "8")) or (subject, detail) == ("2", "1")
    policy = re.search(r"relay|authenti|blocked|black ?list|block ?list|spam|policy|prohibit", words, re.IGNORECASE)
    return int(code) in NO_SUCH_MAILBOX and not policy


@contextmanager
def _open_server(mail: Mail, password: str | None, timeout_seconds: float) -> Iterator[smtplib.SMTP]:
    where = f"{mail.host}:{mail.port}"
    try:
        server = _connect(mail, timeout_seconds)
    except (OSError, smtplib.SMTPException, UnicodeError) as error:
        said = _words(error.smtp_code, error.smtp_error) if isinstance(error, smtplib.SMTPResponseException) else error
        raise MailServerError(
            f"The mail server {where} cannot be used ({said}): check mail.host, mail.port and mail.security."
        ) from error
    try:
        if mail.username is not None:
            _log_in(server, mail, password, where)
        yield server
    finally:
        # Whatever it answers to our leaving changes nothing.
        with suppress(OSError, smtplib.SMTPException):
            server.quit()
        server.close()


class _Answer(io.RawIOBase):
    """One answer as it comes: all of it in time, and no more than anybody has to say."""

    def __init__(self, sock: socket.socket, seconds: float) -> None:
        self._sock, self._seconds = sock, seconds
        self.begin()

    def begin(self) -> None:
        self._until = time.monotonic() + self._seconds
        self._left = LONGEST_ANSWER

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        seconds = self._until - time.monotonic()
        if seconds <= 0:
            raise TimeoutError("the answer did not come to an end in time")
        self._sock.settimeout(seconds)
        try:
            size = self._sock.recv_into(buffer)
        finally:
            self._sock.settimeout(self._seconds)
        self._left -= size
        if self._left < 0:
            raise OSError("the answer is longer than any server's")
        return size


class _Bounded(smtplib.SMTP):
    """smtplib's client waits anew for each byte, and reads as many lines as come: here an answer has bounds."""

    _answer: _Answer

    def getreply(self) -> tuple[int, bytes]:
        assert self.sock is not None
        if self.file is None:
            self._answer = _Answer(self.sock, self.timeout)
            self.file = io.BufferedReader(self._answer)
        self._answer.begin()
        try:
            return super().getreply()
        except smtplib.SMTPResponseException as error:  # its word for a line that is too long, as if it were a refusal
            raise smtplib.SMTPServerDisconnected(f"what answers is no mail server's: {error.smtp_error!r}") from None


class _BoundedTls(_Bounded, smtplib.SMTP_SSL):
    """Likewise, with TLS from the first byte on."""


def _connect(mail: Mail, timeout_seconds: float) -> smtplib.SMTP:
    context = ssl.create_default_context()
    server: smtplib.SMTP
    if mail.security == "tls":
        server = _BoundedTls(mail.host, mail.port, timeout=timeout_seconds, context=context)
    else:
        server = _Bounded(mail.host, mail.port, timeout=timeout_seconds)
    try:
        if mail.security == "starttls":
            server.starttls(context=context)  # raises when not offered: nothing is ever sent in clear instead
        server.ehlo_or_helo_if_needed()
    except BaseException:
        server.close()
        raise
    return server


def _log_in(server: smtplib.SMTP, mail: Mail, password: str | None, where: str) -> None:
    if password is None:
        raise MailServerError(
            f"No password for {mail.username} at {where}: set VEILLE_SMTP_PASSWORD in the environment or in .env."
        )
    if mail.security == "none" and not _is_loopback(mail.host):
        raise MailServerError(
            f"The password of {mail.username} would go to {where} in clear: set mail.security to starttls or tls."
        )
    # None of these errors is chained: its words may repeat what was sent, or hold it.
    try:
        server.login(mail.username or "", password)
    except smtplib.SMTPAuthenticationError as error:
        raise MailServerError(
            f"{where} did not accept the password of {mail.username} ({error.smtp_code}): check VEILLE_SMTP_PASSWORD."
        ) from None
    except smtplib.SMTPNotSupportedError as error:
        raise MailServerError(f"{where} offers no way to log in as {mail.username}: {error}") from None
    except UnicodeError:
        raise MailServerError(
            f"{mail.username} cannot log in at {where}: name and password must be of ASCII characters."
        ) from None
    except (smtplib.SMTPException, OSError) as error:
        raise MailServerError(
            f"Logging in as {mail.username} at {where} came to no end ({type(error).__name__})."
        ) from None


def _is_loopback(host: str) -> bool:
    try:
        return host.lower() == "localhost" or ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False

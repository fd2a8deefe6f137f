"""Mail over a real SMTP conversation on loopback: what is on the wire, and what may go wrong there."""

from __future__ import annotations

import logging
import re
import socket
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult

from tests.smtp import DRIP, DROP, FLOOD, LONG, STALL, open_clerk, open_moody, write_certificate
from veille.config import Mail
from veille.deliver import Delivery, MailServerError, check_server, is_bounce, send_messages
from veille.message import build_message, build_message_id, find_address_fault, split_sender

SENT_AT = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
LONG_URL = "https://veille.example.org/leave/" + "Ab1-_." * 60
PASSWORD = "s3cret-Pass"
ENDLESS = (DRIP, FLOOD, LONG)


def mail(port: int, **changes: Any) -> Mail:
    given = {"host": "127.0.0.1", "port": port, "security": "none", "from": "Veille <veille@example.org>", **changes}
    return Mail.model_validate(given)


def message(recipient: str = "a@example.org", **changes: Any) -> EmailMessage:
    given = {
        "digest_id": "hebdo-2026-W10",
        "subject": "Veille : l’IA générative\r\nBcc: x@example.org",
        "html": "<p>" + "é" * 3000 + "</p>",
        "text": "Bonjour à toutes et à tous\n",
        "sender": "Veille <veille@example.org>",
        "recipient": recipient,
        "sent_at": SENT_AT,
        **changes,
    }
    return build_message(**given)


def send(port: int, *people: str, waited: list[float] | None = None, **changes: Any) -> list[Delivery]:
    wait = (lambda _seconds: None) if waited is None else waited.append
    messages = [message(person) for person in people]
    return list(send_messages(mail(port, **changes), PASSWORD, messages, wait=wait, timeout_seconds=0.2))


def on_the_wire(one: EmailMessage) -> bytes:
    """The message as a server receives it."""
    with open_clerk() as (clerk, port):
        list(send_messages(mail(port), None, [one]))
        return clerk.accepted[0].body


def header_lines(body: bytes, name: str) -> list[bytes]:
    found: bytes
    (found,) = re.findall(rb"^(%s:.*(?:\r\n[ \t].*)*)\r$" % name.encode(), body, re.MULTILINE)
    return found.split(b"\r\n")


def read_header(parsed: Message, name: str) -> str:
    """As a program shows it: what `policy.default` has decoded already, and what `policy.compat32` leaves to others."""
    value = parsed[name]
    shown = str(value) if parsed.policy is policy.default else str(make_header(decode_header(value)))
    return " ".join(shown.split())


# --- what is on the wire -------------------------------------------------------------------------------------------


SUBJECTS = (
    "Veille : l’IA générative et les élèves, " + "apprentissages évalués " * 20,
    "été" * 60,
    "日本語の題名" * 20,
    "plain words only " * 15,
    "x" * 1500,
    "=?utf-8?q?=0D=0ABcc:_x@example.org?= not decoded",
    "👩‍🏫" * 30,
    "",
)
SENDERS = (
    "veille@example.org",
    "Veille <veille@example.org>",
    "Veille, l’équipe du numérique de l’Université Exemple et de ses partenaires <veille@example.org>",
    'Watch "daily" (beta), Inc. <veille@example.org>',
    "Veille <veille@école.example>",
)


@pytest.mark.parametrize("sender", SENDERS)
@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_message_is_valid_mail(subject: str, sender: str) -> None:
    """ASCII, CRLF, lines and encoded words within their bounds, and both of Python's parsers read what was meant."""
    text, html = f"Été =\n{subject}\n.\n..\nFrom moi \nfin\n", "<p>" + "é" * 3000 + "</p>\n"
    body = on_the_wire(message(subject=subject, sender=sender, text=text, html=html))
    assert body.isascii()
    assert body.count(b"\n") == body.count(b"\r") == body.count(b"\r\n")
    assert max(map(len, body.split(b"\r\n"))) <= 78
    head = body.partition(b"\r\n\r\n")[0]
    assert all(len(word) <= 75 for word in re.findall(rb"=\?[^?]+\?.\?[^?]*\?=", head))
    name, address = split_sender(sender)
    shown = f"{name} <{address}>".replace("école", "xn--cole-9oa").strip() if name else address
    for rules in (policy.default, policy.compat32):
        parsed = message_from_bytes(body, policy=rules)
        assert read_header(parsed, "Subject") == " ".join(subject.split())
        assert parsed["Bcc"] is None
        # Python 3.11 shows the blanks between the encoded words of a name.
        assert re.sub(r'[\\"]', "", read_header(parsed, "From")) == shown.replace('"', "")
        bodies: list[Any] = [part.get_payload(decode=True) for part in parsed.walk() if not part.is_multipart()]
        assert [one.decode().replace("\r\n", "\n") for one in bodies] == [text, html]
        assert not [part.defects for part in parsed.walk() if part.defects]


def test_text_comes_before_html_and_the_mail_says_that_nobody_wrote_it() -> None:
    """RFC 3834, and RFC 2046: the last part is the best one."""
    parsed = message_from_bytes(on_the_wire(message()), policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    assert parsed["Auto-Submitted"] == "auto-generated"
    assert [part.get_content_type() for part in parsed.iter_parts()] == ["text/plain", "text/html"]


def test_ways_to_leave_are_one_a_line_and_never_encoded() -> None:
    """However long the signed address is: programs read List-Unsubscribe as it stands (RFC 2369, 8058)."""
    body = on_the_wire(message(leave_url=LONG_URL, operator="ops+veille@example.org"))
    mailto = "<mailto:ops%2Bveille@example.org?subject=unsubscribe%20hebdo-2026-W10>"
    lines = [f"List-Unsubscribe: <{LONG_URL}>,".encode(), f" {mailto}".encode()]
    assert header_lines(body, "List-Unsubscribe") == lines
    assert header_lines(body, "List-Unsubscribe-Post") == [b"List-Unsubscribe-Post: List-Unsubscribe=One-Click"]
    for rules in (policy.default, policy.compat32):
        value = message_from_bytes(body, policy=rules)["List-Unsubscribe"]
        assert re.findall(r"<[^>]*>", value) == [f"<{LONG_URL}>", mailto]


@pytest.mark.parametrize(
    ("leave_url", "operator", "expected"),
    [
        (None, None, None),
        (None, "ops@example.org", "<mailto:ops@example.org?subject=unsubscribe%20hebdo-2026-W10>"),
        ("https://école.example/a b/<x>?q=é,y", None, "<https://xn--cole-9oa.example/a%20b/%3Cx%3E?q=%C3%A9%2Cy>"),
        ("https://example.org/leave/" + "x" * 1000, None, None),
    ],
)
def test_only_ways_to_leave_that_a_header_can_hold_are_named(
    leave_url: str | None, operator: str | None, expected: str | None
) -> None:
    """In ASCII, without a comma or a bracket of their own, and within a line; one click only where there is a page."""
    built = message_from_bytes(message(leave_url=leave_url, operator=operator).as_bytes())
    assert built["List-Unsubscribe"] == expected
    assert ("List-Unsubscribe-Post" in built) == bool(expected and leave_url)


def test_a_message_id_is_on_one_line_and_follows_digest_and_recipient() -> None:
    """The same digest to the same person, however often it is built, has one Message-ID and the same bytes."""
    digest_id = "equipe-pedagogique-et-numerique-de-l-universite-exemple-2026-W10"
    expected = build_message_id(digest_id, "A@example.org", "Veille, à vous <veille@example.org>")
    assert expected == build_message_id(digest_id, "a@example.org", "veille@example.org")
    assert expected != build_message_id("hebdo-2026-W11", "a@example.org", "veille@example.org")
    assert expected.endswith("@example.org>")
    assert build_message_id("hebdo-2026-W10", "a@example.org", f"x@{'é' * 80}.org").endswith("@localhost>")
    one, two = (message(digest_id=digest_id).as_bytes() for _ in range(2))
    assert header_lines(one, "Message-ID") == [f"Message-ID: {expected}".encode()]
    assert one == two
    assert message(message_id="<on-record@example.org>")["Message-ID"] == "<on-record@example.org>"


@pytest.mark.parametrize(
    ("address", "fault"),
    [
        ("a.b+c'd@example.org", None),
        ("a@localhost", None),
        ("a@école.example", None),
        ("élodie@example.org", "before the @"),
        ("a(b)@example.org", "not an address"),
        ("a\x00b@example.org", "not an address"),
        ("a@exa\x01mple.org", "not an address"),
        ("nobody", "not an address"),
        ("@example.org", "not an address"),
        (f"a@{'é' * 80}.example", "not a domain"),
        ("a" * 65 + "@example.org", "longer"),
        ("a@" + "b" * 253, "longer"),
    ],
)
def test_addresses_that_mail_cannot_have_are_found_before(address: str, fault: str | None) -> None:
    """A local part beyond ASCII is refused rather than encoded, which would make it another address."""
    found = find_address_fault(address)
    assert (found is None) if fault is None else fault in str(found)


# --- what becomes of a message -------------------------------------------------------------------------------------


def test_each_recipient_has_their_own_fate() -> None:
    """A refusal is final, what passes is to be tried again, and the others get their mail."""
    people = ["a@example.org", "refused@example.org", "later@example.org", "drop@example.org", "spam@example.org"]
    with open_clerk() as (clerk, port):
        told = {one.recipient: one for one in send(port, *people, "b@example.org")}
    statuses = [told[person].status for person in [*people, "b@example.org"]]
    assert statuses == ["sent", "refused", "retry", "retry", "refused", "sent"]
    assert (told["refused@example.org"].error, told["refused@example.org"].bounced) == ("550 no such user", True)
    assert not told["spam@example.org"].bounced
    assert len(clerk.accepted) == 2


def test_later_is_tried_again_after_growing_pauses_and_then_left() -> None:
    """Three more tries; a refusal and a lost connection have none, and who was sent to is not sent to again."""
    waited: list[float] = []
    people = ["later@example.org", "refused@example.org", "drop@example.org", "a@example.org"]
    with open_clerk() as (clerk, port):
        told = send(port, *people, waited=waited)
    assert waited == [1.0, 5.0, 25.0]
    assert [clerk.tried.count(person) for person in people] == [4, 1, 1, 1]
    assert [(one.recipient, one.status) for one in told if one.later] == [("later@example.org", "retry")]


def test_later_ends_with_the_first_try_that_is_taken() -> None:
    """The next round sends what waits, and only that."""
    with open_clerk() as (clerk, port):

        def wait(_seconds: float) -> None:
            clerk.patient = False

        told = list(send_messages(mail(port), None, [message("later@example.org"), message()], wait=wait))
    assert [one.status for one in told] == ["sent", "sent"]
    assert sorted(one.recipient for one in clerk.accepted) == ["a@example.org", "later@example.org"]


@pytest.mark.parametrize(
    ("moods", "status", "words", "talks"),
    [
        ({"MAIL": "451 4.3.0 later"}, "retry", "451", 4),
        ({"MAIL": "552 5.3.4 too large"}, "refused", "552", 1),
        ({"RCPT": "421 4.3.2 closing"}, "retry", "421", 4),
        ({"RCPT": "552 5.2.2 mailbox full"}, "refused", "552", 1),
        ({"RCPT": DROP}, "retry", "lost", 1),
        ({"DATA": "452 4.3.1 no space"}, "retry", "452", 4),
        ({"DATA": "554 5.7.1 policy"}, "refused", "554", 1),
        ({"DATA": DROP}, "retry", "lost", 1),
        ({"BODY": "451 4.7.1 greylisted"}, "retry", "451", 4),
        ({"BODY": "554 5.6.0 no"}, "refused", "554", 1),
        ({"BODY": DROP}, "retry", "lost", 1),
        ({"BODY": STALL}, "retry", "lost", 1),
        *[({stage: mood}, "retry", "lost", 1) for stage in ("MAIL", "RCPT", "DATA", "BODY") for mood in ENDLESS],
        ({"QUIT": FLOOD}, "sent", "", 1),
        ({"QUIT": "500 what?"}, "sent", "", 1),
        ({"QUIT": DROP}, "sent", "", 1),
        ({"QUIT": STALL}, "sent", "", 1),
    ],
)
def test_every_stage_of_the_talk_may_fail(moods: dict[str, str], status: str, words: str, talks: int) -> None:
    """4xx waits and is tried again, 5xx is final, a lost connection waits for another day; no answer is a crash."""
    with open_moody(**moods) as (server, port):
        (told,) = send(port, "a@example.org")
    assert (told.status, told.bounced) == (status, False)
    assert words in (told.error or "")
    assert server.heard.count("MAIL") == talks


@pytest.mark.parametrize(
    "moods",
    [{"BANNER": "554 go away"}, {"BANNER": DROP}, {"BANNER": STALL}, {"EHLO": STALL}, {"MAIL": "530 5.7.0 log in"},
     {"EHLO": "550 no", "HELO": "550 no"}, {"MAIL": "550 5.1.8 bad sender"}, {"MAIL": "553 not yours"},
     *[{stage: mood} for stage in ("BANNER", "EHLO") for mood in ENDLESS]],
)  # fmt: skip
def test_a_server_that_takes_nobody_is_told_as_such(moods: dict[str, str]) -> None:
    """Then no recipient is to blame, and all messages wait."""
    with open_moody(**moods) as (_server, port), pytest.raises(MailServerError, match="mail server"):
        send(port, "a@example.org", "b@example.org")


def test_a_server_that_falls_silent_is_not_waited_for_by_each_message() -> None:
    """Twice in a row is enough; the rest waits."""
    with open_moody(BODY=STALL) as (server, port):
        sending = send_messages(mail(port), None, [message(f"{n}@example.org") for n in range(9)], timeout_seconds=0.1)
        assert [next(sending).status, next(sending).status] == ["retry", "retry"]
        with pytest.raises(MailServerError, match="silent"):
            next(sending)
    assert len(server.bodies) == 2


@pytest.mark.parametrize(
    ("answer", "bounce"),
    [
        ("550 no such user", True),
        ("550 5.1.1 <a@example.org>: user unknown", True),
        ("550 5.2.1 mailbox disabled", True),
        ("551 user not local", True),
        ("553 5.1.3 bad address syntax", True),
        ("554 5.1.1 unknown", True),
        ("550 5.1.8 sender's domain not found", False),
        ("550 5.7.1 relaying denied", False),
        ("550 relay not permitted", False),
        ("550 your host is on a blocklist", False),
        ("552 5.2.2 mailbox full", False),
        ("554 rejected", False),
        ("500 what?", False),
    ],
)
def test_only_a_missing_mailbox_is_a_bounce(answer: str, bounce: bool) -> None:
    """What a server refuses because of us, of its rules or of its size may change; a mailbox that is not there not."""
    assert is_bounce(answer) is bounce


# --- secured and secret --------------------------------------------------------------------------------------------


def test_a_server_that_is_not_there_is_told_with_what_to_check() -> None:
    """Nothing is handed over, and the error names the server."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(MailServerError, match=rf"127.0.0.1:{port}.*mail.port"):
        send(port, "a@example.org")


@pytest.mark.parametrize(
    "moods",
    [
        {},  # not offered
        {"EHLO": "250-here\r\n250 STARTTLS", "STARTTLS": "454 4.7.0 TLS not available"},
        {"EHLO": "250-here\r\n250 STARTTLS", "STARTTLS": DROP},
        {"EHLO": "250-here\r\n250 STARTTLS", "STARTTLS": "220 ready\r\n250 but this is no TLS"},
    ],
)
def test_nothing_is_sent_in_clear_when_security_was_asked_for(moods: dict[str, str]) -> None:
    """A server that lost its TLS hears neither sender nor recipient nor password."""
    with open_moody(**moods) as (server, port), pytest.raises(MailServerError, match=r"mail\.security"):
        send(port, "a@example.org", security="starttls", username="u")
    assert {"MAIL", "RCPT", "DATA", "AUTH"}.isdisjoint(server.heard)


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_that_nobody_vouches_for_is_not_trusted(security: str, tmp_path: Path) -> None:
    """Who has one could be anybody."""
    _, context = write_certificate(tmp_path)
    with open_clerk(tls_context=context) as (clerk, port):
        with pytest.raises(MailServerError, match=r"mail\.security"):
            send(port, "a@example.org", security=security)
        assert not clerk.tried


def test_mail_goes_out_secured_and_logged_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With STARTTLS, which the server demands, and a password that it checks."""
    trusted, context = write_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))

    def check(_server: object, _session: object, _envelope: object, _mechanism: str, said: Any) -> AuthResult:
        return AuthResult(success=(said.login, said.password) == (b"u", PASSWORD.encode()), handled=False)

    options = {"tls_context": context, "require_starttls": True, "auth_required": True, "authenticator": check}
    with open_clerk(**options) as (clerk, port):
        assert [one.status for one in send(port, "a@example.org", security="starttls", username="u")] == ["sent"]
        with pytest.raises(MailServerError, match="VEILLE_SMTP_PASSWORD"):
            check_server(mail(port, security="starttls", username="u"), "wrong")
    assert len(clerk.accepted) == 1


@pytest.mark.parametrize(
    ("moods", "password"),
    [
        ({}, None),
        ({"EHLO": "250 here"}, PASSWORD),
        ({"AUTH": f"535 no: u {PASSWORD}"}, PASSWORD),
        ({"AUTH": f"454 later: {PASSWORD}"}, PASSWORD),
        ({"AUTH": DROP}, PASSWORD),
        ({"AUTH": STALL}, PASSWORD),
        ({}, f"é{PASSWORD}"),
    ],
)
def test_a_password_is_never_shown(
    moods: dict[str, str], password: str | None, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Neither in an error, nor in what it came from, nor in a log, whatever the server makes of it."""
    caplog.set_level(logging.DEBUG)
    with open_moody(**moods) as (_server, port), pytest.raises(MailServerError) as caught:
        list(send_messages(mail(port, username="u"), password, [message()], timeout_seconds=0.2))
    shown = f"{caught.value!r} {caught.value.__cause__!r} {caplog.text} {''.join(capfd.readouterr())}"
    assert PASSWORD not in shown
    assert re.search(r"\bu\b", str(caught.value))


def test_a_password_does_not_leave_the_machine_in_clear() -> None:
    """`security: none` is for a server on this machine; for any other one it is told before the name is said."""
    with open_moody() as (server, port), pytest.raises(MailServerError, match="in clear"):
        list(send_messages(mail(port, host="0.0.0.0", username="u"), PASSWORD, [message()]))
    assert {"AUTH", "MAIL"}.isdisjoint(server.heard)

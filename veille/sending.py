"""From issues in `reports/` to inboxes: who is still to have one, and what became of each message."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage

from veille.analyse import RANKED_PERIOD
from veille.config import Audience, Config
from veille.deliver import Delivery, MailServerError, send_messages
from veille.digest import iso_week
from veille.faults import step
from veille.home import SMTP_PASSWORD, Home, load_secret, load_signing_key
from veille.issue import Issue, is_whole, read_issue
from veille.message import build_message, find_address_fault, split_sender
from veille.ratings import take_votes
from veille.render.links import Links, render_leave
from veille.signing import LeaveToken, build_token
from veille.store import EVERY_AUDIENCE, Store

logger = logging.getLogger(__name__)

Wait = Callable[[float], object]


def find_late(home: Home, config: Config, store: Store, audiences: Sequence[Audience], now: datetime) -> list[Issue]:
    """Earlier issues that somebody still waits for because a mail server was away, as they were written then."""
    return _find(home, store, audiences, iso_week(now, config.organisation.zone), now)


def find_waiting(home: Home, config: Config, store: Store, now: datetime) -> list[Issue]:
    """Every issue, this week's too, that was to be sent and that somebody still waits for."""
    return _find(home, store, config.digests, None, now)


def _find(
    home: Home, store: Store, audiences: Sequence[Audience], before_week: str | None, now: datetime
) -> list[Issue]:
    folders = [
        (home.path / path).parent
        for audience in audiences
        for _, path in store.load_late(audience.id, before_week, now - RANKED_PERIOD)
    ]
    for folder in folders:
        if not is_whole(folder):
            logger.warning("%s has lost files of its issue, so it cannot be sent to those who still wait", folder)
    return [read_issue(folder) for folder in folders if is_whole(folder)]


def send_issues(
    home: Home, config: Config, store: Store, made: Sequence[Issue], now: datetime, *, wait: Wait = time.sleep
) -> Iterator[Issue]:
    """Each issue to those of its recipients who have not had it; nobody gets one twice.

    Who left, bounced or is not a recipient any more gets none. A server that cannot be used leaves its messages
    waiting, with the reason in `Issue.error`. ``wait`` is what passes the seconds before another try.
    """
    take_votes(home, store, config)  # somebody may have left since the issue was built
    for issue in made:
        yield _send_issue(home, config, store, issue, now, wait)


def _send_issue(home: Home, config: Config, store: Store, issue: Issue, now: datetime, wait: Wait) -> Issue:
    waiting = dict(store.load_pending(issue.digest_id))
    store.save_sending(issue.digest_id, now)
    told: list[Delivery] = []

    def settle(one: Delivery) -> None:
        if one.status == "sent":
            step("accepted")
        store.save_delivery(issue.digest_id, one.recipient, one.status, now, waiting.pop(one.recipient), one.error)
        if one.bounced:
            store.save_suppression(EVERY_AUDIENCE, one.recipient, "bounced", now)
        step("delivered")
        told.append(one)

    for one in _pass_over(config, store, issue, list(waiting)):
        settle(one)
    try:
        for one in _send(home, config, issue, waiting, wait):
            settle(one)
    except MailServerError as problem:
        for recipient in list(waiting):
            settle(Delivery(recipient, "retry", str(problem)))
    return _count(issue, told)


def _pass_over(config: Config, store: Store, issue: Issue, recipients: Sequence[str]) -> Iterator[Delivery]:
    """Those of the recipients who get no message."""
    suppressed = store.load_suppressed(issue.audience)
    known = {to.lower() for audience in config.digests if audience.id == issue.audience for to in audience.to}
    for recipient in recipients:
        if reason := suppressed.get(recipient.lower()):
            yield Delivery(recipient, "suppressed", reason)
        elif recipient.lower() not in known:
            yield Delivery(recipient, "suppressed", "not a recipient of this digest any more")
        elif fault := find_address_fault(recipient):
            yield Delivery(recipient, "refused", fault)


def _send(home: Home, config: Config, issue: Issue, waiting: Mapping[str, str], wait: Wait) -> Iterator[Delivery]:
    if fault := find_address_fault(split_sender(config.mail.sender)[1]):
        raise MailServerError(f"mail.from, {config.mail.sender}: {fault}.")
    if waiting:
        messages = _read_messages(home, config, issue, waiting)
        yield from send_messages(config.mail, load_secret(home, SMTP_PASSWORD), messages, wait=wait)


def _count(issue: Issue, told: Sequence[Delivery]) -> Issue:
    statuses = [one.status for one in told]
    errors = [one.error for one in told if one.error and one.status != "suppressed"]
    return replace(
        issue,
        sent=statuses.count("sent"),
        refused=statuses.count("refused"),
        waiting=statuses.count("retry"),
        suppressed=statuses.count("suppressed"),
        error=errors[-1] if errors else None,
    )


def _read_messages(home: Home, config: Config, issue: Issue, waiting: Mapping[str, str]) -> list[EmailMessage]:
    """The issue as it was written, a message a recipient: each has a link of its own to leave with."""
    data = json.loads((issue.path / "digest.json").read_bytes())
    html, text = ((issue.path / name).read_text("utf-8") for name in ("digest.html", "digest.txt"))
    links, key = Links(config.web.url.rstrip("/")), load_signing_key(home)
    messages = []
    for recipient, message_id in waiting.items():
        leave = links.leave_url(build_token(key, LeaveToken(issue.audience, recipient)))
        own = render_leave(html, text, leave, data["language"]) if leave else (html, text)
        messages.append(
            build_message(
                digest_id=issue.digest_id,
                subject=data["subject"],
                html=own[0],
                text=own[1],
                sender=config.mail.sender,
                recipient=recipient,
                sent_at=datetime.fromisoformat(data["generated_at"]).astimezone(UTC),
                leave_url=leave,
                operator=config.mail.operator,
                message_id=message_id,
            )
        )
    return messages

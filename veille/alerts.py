"""A mail to the operator when runs keep failing: once, at the third in a row."""

from __future__ import annotations

import logging
from datetime import datetime
from zoneinfo import ZoneInfo

from veille.config import Config
from veille.home import SMTP_PASSWORD, Home, load_secret
from veille.store import Store
from veille.store.runs import Streak

logger = logging.getLogger(__name__)

TOLERATED = 2  # failures in a row that nobody is told of: a night without network, a server that restarts
LONGEST_REASON = 2000


def alert_operator(home: Home, config: Config, store: Store, kind: str, now: datetime) -> None:
    """Mail `mail.operator` if the last runs of this kind failed and it was not told yet; the ledger keeps that it was.

    A mail that cannot be sent is logged and tried again after the next failure; it fails nothing else.
    """
    streak = store.load_streak(kind)
    if streak is None or streak.count <= TOLERATED or streak.told or config.mail.operator is None:
        return
    if problem := _send(home, config, streak, now):
        logger.warning("%s was not told that %s fails: %s", config.mail.operator, kind, problem)
    else:
        store.save_alert(streak, now)


def _send(home: Home, config: Config, streak: Streak, now: datetime) -> str | None:
    """Send the alert; why it could not be sent, or None."""
    from veille.deliver import MailServerError, send_messages
    from veille.message import build_notice, find_address_fault, split_sender

    mail, operator = config.mail, str(config.mail.operator)
    if fault := find_address_fault(operator) or find_address_fault(split_sender(mail.sender)[1]):
        return fault
    subject, text = build_alert(streak, config.organisation.name, config.organisation.zone, str(home.path))
    id = f"alert-{streak.kind}-{streak.since:%Y%m%dT%H%M%S}"
    notice = build_notice(sender=mail.sender, recipient=operator, subject=subject, text=text, sent_at=now, id=id)
    try:
        for delivery in send_messages(mail, load_secret(home, SMTP_PASSWORD), [notice], pauses_seconds=()):
            return delivery.error
    except (MailServerError, OSError) as error:
        return str(error)
    return None


def build_alert(streak: Streak, organisation: str, zone: ZoneInfo, home: str) -> tuple[str, str]:
    """Subject and text of the mail: what fails, since when, what it says, and what to do."""
    said = streak.error.replace("\r", "")[:LONGEST_REASON] or "It was ended without a word."
    reason = "\n".join(f"    {line}" for line in said.splitlines())
    subject = f"veille: {streak.kind} failed {streak.count} times in a row ({organisation})"
    return subject, (
        f"The last {streak.count} runs of `veille {streak.kind}` failed, the first of them on"
        f" {streak.since.astimezone(zone):%Y-%m-%d at %H:%M} ({zone}).\n\n"
        f"What the last one said:\n\n{reason}\n\n"
        "What to do, on the machine that it runs on:\n\n"
        f"    veille --home {home} doctor\n"
        f"    veille --home {home} status\n\n"
        "The first says what is wrong and how to mend it. Nothing that was collected is lost, and what could not be\n"
        "sent is kept. No other mail follows about these failures; the next one comes after a run that went well and\n"
        f"{TOLERATED + 1} new failures.\n"
    )

"""A mail to the operator when runs keep failing: once, at the third in a row."""

from __future__ import annotations

import logging
import os
import shlex
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from veille.config import Config, UnknownNameError
from veille.config.files import ORGANISATION_FILE, ConfigError, parse_config
from veille.home import SMTP_PASSWORD, Home, HomeHeldError, load_secret, read_plain
from veille.streaks import KILLED, RunKind, Streak, hold_streak, load_streak, save_streak

logger = logging.getLogger(__name__)

TOLERATED = 2  # failures in a row that nobody is told of: a night without network, a server that restarts
KEPT = "organisation.kept.yaml"  # as it was when a run last went well: whom to tell when it is broken


class Attempt:
    """A run that is counted as failed until it has gone well."""

    def __init__(self, home: Home, kind: RunKind, now: datetime, *, waits: bool = False) -> None:
        self._home, self._kind, self._now, self._waits = home, kind, now, waits
        self._held: int | None = None
        self._beside = False
        self._settled = False

    def begin(self) -> None:
        """Count it, so that it counts also if it is killed; one before that was killed may be the one to tell of.

        Beside another run of its kind it does not count, unless it waited for the other one in vain.
        """
        if not self._is_home():
            return
        with suppress(OSError):
            self._home.data.mkdir(exist_ok=True)
            self._held = hold_streak(self._home, self._kind)
            self._beside = self._held is None
        if self._held is None:
            return
        before = load_streak(self._home, self._kind)
        if before.open:
            before = replace(before, error=KILLED, open=False)
            before = self._tell(before)
        streak = replace(before, count=before.count + 1, since=before.since or self._now, open=True)
        self._save(streak, level=logging.DEBUG)  # its end says it again

    def fail(self, reason: str) -> None:
        """It failed: keep why, and mail `mail.operator` if it is the third in a row and they were not told yet."""
        self._settled = True
        if self._beside and not self._waits:
            return
        before = load_streak(self._home, self._kind)
        count = before.count if self._is_counted(before) else before.count + 1
        others = before.open and self._beside
        streak = replace(before, count=count, since=before.since or self._now, error=reason, open=others)
        self._save(self._tell(streak))

    def succeed(self) -> None:
        """It went well, if nothing else was said: the row of failures is at its end."""
        if self._settled or self._beside:
            return
        self._save(Streak(self._kind))
        _keep_organisation(self._home)
        self._settled = True

    def forget(self) -> None:
        """It neither failed nor went well: somebody stopped it, or another run holds the home."""
        before = load_streak(self._home, self._kind)
        if self._is_counted(before) and not self._settled:
            since = before.since if before.count > 1 else None
            self._save(replace(before, count=before.count - 1, since=since, open=False))

    def end(self) -> None:
        """It goes on no more."""
        if self._held is not None:
            os.close(self._held)
            self._held = None

    def _is_counted(self, streak: Streak) -> bool:
        return self._held is not None and streak.open

    def _is_home(self) -> bool:
        # What is no home is not written to.
        return any((self._home.path / name).exists() for name in (ORGANISATION_FILE, f"data/{KEPT}"))

    def _save(self, streak: Streak, level: int = logging.WARNING) -> None:
        if not self._is_home():
            return
        try:
            save_streak(self._home, streak)
        except OSError as error:
            words = "whether %s goes well cannot be kept, so the operator is told of no failures: %s"
            logger.log(level, words, self._kind, error)

    def _tell(self, streak: Streak) -> Streak:
        if streak.count <= TOLERATED or streak.told:
            return streak
        if (config := load_reachable(self._home)) is None or config.mail.operator is None:
            return streak
        if problem := send_alert(self._home, config, streak, self._now):
            logger.warning("%s was not told that %s fails: %s", config.mail.operator, streak.kind, problem)
            return streak
        return replace(streak, told=True)


@contextmanager
def counted_run(home: Home, kind: RunKind, now: datetime, *, held_is_failure: bool = False) -> Iterator[Attempt]:
    """Everything that belongs to a run, from its configuration on: what it raises, and that it is killed, counts.

    What is no exception is told to the yielded attempt. A run that is stopped by a person or the system does not
    count, and neither does one that finds the home held, but for a schedule that waited for it in vain.
    """
    attempt = Attempt(home, kind, now, waits=held_is_failure)
    attempt.begin()
    try:
        yield attempt
        attempt.succeed()
    except BaseException as error:
        if is_failure(error, held_is_failure):
            attempt.fail(_describe(error))
        else:
            attempt.forget()
        raise
    finally:
        attempt.end()


def is_failure(error: BaseException, held_is_failure: bool) -> bool:
    """Not what a person did: stopping it, or asking for a source that there is not."""
    if isinstance(error, HomeHeldError):
        return held_is_failure
    return isinstance(error, Exception) and not isinstance(error, UnknownNameError)


def _describe(error: BaseException) -> str:
    known = type(error).__module__.startswith(("veille.", "flows.")) or isinstance(error, OSError)
    return str(error) if known else f"{type(error).__name__}: {error}"


def load_reachable(home: Home) -> Config | None:
    """What is needed to reach the operator, also while a file is broken: as it stands, else as it was last good."""
    for path in (home.path / ORGANISATION_FILE, home.data / KEPT):
        with suppress(OSError, ConfigError):
            return parse_config(read_plain(path), b"")
    return None


def _keep_organisation(home: Home) -> None:
    kept = home.data / KEPT
    with suppress(OSError):
        body = read_plain(home.path / ORGANISATION_FILE)
        if not kept.exists() or read_plain(kept) != body:
            _replace(kept, body)


def _replace(path: Path, body: bytes) -> None:
    new = path.with_name(path.name + ".new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o640), "wb") as file:
        file.write(body)
    new.replace(path)


# --- the mail -------------------------------------------------------------------------------------------------------


def send_alert(home: Home, config: Config, streak: Streak, now: datetime) -> str | None:
    """Send the alert; why it could not be sent, or None."""
    from veille.deliver import MailServerError, send_messages
    from veille.message import build_notice, find_address_fault, split_sender

    mail, operator = config.mail, str(config.mail.operator)
    if fault := find_address_fault(operator) or find_address_fault(split_sender(mail.sender)[1]):
        return fault
    subject, text = build_alert(streak, config.organisation.name, config.organisation.zone, str(home.path))
    id = f"alert-{streak.kind}-{streak.since or now:%Y%m%dT%H%M%S}"
    try:
        notice = build_notice(sender=mail.sender, recipient=operator, subject=subject, text=text, sent_at=now, id=id)
        for delivery in send_messages(mail, load_secret(home, SMTP_PASSWORD), [notice], pauses_seconds=()):
            return delivery.error
    except (MailServerError, OSError, ValueError) as error:
        return str(error)
    return None


def build_alert(streak: Streak, organisation: str, zone: ZoneInfo, home: str) -> tuple[str, str]:
    """Subject and text of the mail: what fails, since when, what it says, and what to do."""
    said = streak.error.replace("\r", "") or KILLED
    reason = "\n".join(f"    {line}" for line in said.splitlines())
    since = f", the first of them on {streak.since.astimezone(zone):%Y-%m-%d at %H:%M} ({zone})" if streak.since else ""
    subject = f"veille: {streak.kind} failed {streak.count} times in a row ({organisation})"
    return subject, (
        f"The last {streak.count} runs of `veille {streak.kind}` failed{since}.\n\n"
        f"What the last one said:\n\n{reason}\n\n"
        "What to do, on the machine that it runs on:\n\n"
        f"    veille --home {shlex.quote(home)} doctor\n"
        f"    veille --home {shlex.quote(home)} status\n\n"
        "The first says what is wrong and how to mend it. Nothing that was collected is lost, and what could not be\n"
        "sent is kept. No other mail follows about these failures; the next one comes after a run that went well and\n"
        f"{TOLERATED + 1} new failures.\n"
    )

"""From stories and scores to issues in `reports/` and in inboxes: built, written, recorded, and only then sent."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from veille import render
from veille.analyse import RANKED_PERIOD, Ranked, rank_known
from veille.config import Audience, Config
from veille.deliver import MailServerError, build_message, build_message_id, send_messages
from veille.digest import Ordering, build_digest, build_telling, iso_week
from veille.digest.values import Candidate, Digest, Shown, SourceHealth
from veille.home import SMTP_PASSWORD, Home, load_secret
from veille.kinds import KINDS
from veille.rank.order import order_entries
from veille.store import Store
from veille.values import Score


@dataclass(frozen=True, slots=True)
class Issue:
    """What became of one digest in this run: a row of `veille digest --json`."""

    digest_id: str
    audience: str
    week: str
    path: Path  # its folder
    entries: int
    sent: int = 0
    refused: int = 0
    waiting: int = 0  # to be tried again
    error: str | None = None


def make_issues(
    home: Home, config: Config, store: Store, model: str, audiences: Sequence[Audience], now: datetime
) -> list[Issue]:
    """This week's issue for each audience, written and recorded; one that was sent stays as it was."""
    ranked: Ranked | None = None
    made = []
    for audience in audiences:
        week = iso_week(now, config.organisation.zone)
        digest_id = f"{audience.id}-{week}"
        folder = home.reports / week / audience.id
        was_sent = store.is_frozen(digest_id)
        if was_sent and (folder / "digest.html").exists():
            made.append(_read_issue(folder))
            continue
        if ranked is None:
            known = store.load_stories(since=now - RANKED_PERIOD, until=now)
            ranked = rank_known(store, config.topics, model, known, now)
        made.append(_make_issue(config, store, audience, ranked, folder, now, record=not was_sent))
    return made


def find_late(home: Home, config: Config, store: Store, audiences: Sequence[Audience], now: datetime) -> list[Issue]:
    """Earlier issues that somebody still waits for because a mail server was away, as they were written then."""
    week = iso_week(now, config.organisation.zone)
    return [
        _read_issue((home.path / path).parent)
        for audience in audiences
        for _, path in store.load_late(audience.id, week, now - RANKED_PERIOD)
        if (home.path / path).exists()
    ]


def _read_issue(folder: Path) -> Issue:
    data = json.loads((folder / "digest.json").read_bytes())
    entries = sum(len(section["entries"]) for section in data["sections"])
    return Issue(data["digest_id"], data["audience"], data["week"], folder, entries)


def _make_issue(
    config: Config, store: Store, audience: Audience, ranked: Ranked, folder: Path, now: datetime, *, record: bool
) -> Issue:
    digest = _build(config, store, audience, ranked, now)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (
        ("digest.html", render.render_html(digest)),
        ("digest.txt", render.render_text(digest)),
        ("digest.json", render.render_json(digest)),
    ):
        _write(folder / name, text)
    if record:
        _record(config, store, audience, digest, folder)
    return Issue(digest.digest_id, audience.id, digest.week, folder, len(digest.entries))


def _build(config: Config, store: Store, audience: Audience, ranked: Ranked, now: datetime) -> Digest:
    week = iso_week(now, config.organisation.zone)
    by_story: dict[str, dict[str, Score]] = {}
    for score in ranked.scores:
        by_story.setdefault(score.story_id, {})[score.topic_id] = score
    candidates = [
        Candidate(
            story.story_id,
            story.item_id,
            tuple(build_telling(ranked.items[member.item_id], member.relation) for member in story.members),
            by_story.get(story.story_id, {}),
        )
        for story in ranked.stories
    ]
    return build_digest(
        audience,
        config.organisation,
        config.topics,
        candidates,
        _order(config, audience, ranked, now),
        Shown(*store.load_shown(audience.id, week)),
        _load_health(config, store, now),
        now,
    )


def _load_health(config: Config, store: Store, now: datetime) -> list[SourceHealth]:
    unsupported = {source.id for source in config.sources if source.enabled and source.kind not in KINDS}
    return [
        SourceHealth(source_id, "unsupported" if source_id in unsupported else state, *rest)
        for source_id, state, *rest in store.load_health(now)
    ]


def _order(config: Config, audience: Audience, ranked: Ranked, now: datetime) -> Ordering:
    weights = {source.id: source.weight for source in config.sources}
    relevant = {score.story_id for score in ranked.scores if score.relevant}
    candidates = [candidate for candidate in ranked.candidates if candidate.story_id in relevant]
    return {
        (one.story_id, one.topic_id): (one.value, one.reasons)
        for topic in config.topics_of(audience)
        for one in order_entries(
            candidates,
            [score for score in ranked.scores if score.topic_id == topic.id and score.relevant],
            ranked.vectors,
            weights,
            topic,
            now,
        )
    }


def _record(config: Config, store: Store, audience: Audience, digest: Digest, folder: Path) -> None:
    entries = [
        (
            entry.position,
            entry.section,
            entry.topic_id,
            entry.story.story_id,
            entry.score,
            [telling.item_id for telling in entry.story.tellings],
        )
        for entry in digest.entries
    ]
    sender = config.mail.sender
    recipients = [(to, build_message_id(digest.digest_id, to, sender)) for to in dict.fromkeys(audience.to)]
    path = folder.relative_to(folder.parents[2]).as_posix() + "/digest.html"
    store.save_digest(digest.digest_id, audience.id, digest.week, digest.generated_at, path, entries, recipients)


def _write(path: Path, text: str) -> None:
    """All of it or nothing, also when the power fails."""
    new = path.with_name(path.name + ".new")
    with new.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def send_issues(home: Home, config: Config, store: Store, made: Sequence[Issue], now: datetime) -> Iterator[Issue]:
    """Each issue to those of its recipients who have not had it; nobody gets one twice.

    A server that cannot be used leaves its messages waiting, with the reason in `Issue.error`.
    """
    for issue in made:
        yield _send_issue(home, config, store, issue, now)


def _send_issue(home: Home, config: Config, store: Store, issue: Issue, now: datetime) -> Issue:
    waiting = dict(store.load_pending(issue.digest_id))
    counts = {"sent": 0, "refused": 0, "retry": 0, "suppressed": 0}
    error = None
    if waiting:
        data = json.loads((issue.path / "digest.json").read_bytes())
        messages = [
            build_message(
                digest_id=issue.digest_id,
                subject=data["subject"],
                html=(issue.path / "digest.html").read_text("utf-8"),
                text=(issue.path / "digest.txt").read_text("utf-8"),
                sender=config.mail.sender,
                recipient=recipient,
                sent_at=datetime.fromisoformat(data["generated_at"]).astimezone(UTC),
            )
            for recipient in waiting
        ]
        try:
            for one in send_messages(config.mail, load_secret(home, SMTP_PASSWORD), messages):
                counts[one.status] += 1
                message_id = waiting.pop(one.recipient)
                store.save_delivery(issue.digest_id, one.recipient, one.status, now, message_id, one.error)
                error = one.error or error
        except MailServerError as problem:
            error = str(problem)
            for recipient, message_id in waiting.items():
                store.save_delivery(issue.digest_id, recipient, "retry", now, message_id, error)
            counts["retry"] += len(waiting)
    return Issue(
        issue.digest_id,
        issue.audience,
        issue.week,
        issue.path,
        issue.entries,
        sent=counts["sent"],
        refused=counts["refused"],
        waiting=counts["retry"],
        error=error,
    )

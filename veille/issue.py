"""From stories and scores to issues in `reports/`: built, written and recorded, before `veille.sending` mails them."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from veille import render
from veille.analyse import RANKED_PERIOD, Ranked, rank_known
from veille.config import Audience, Config, Organisation
from veille.digest import Ordering, build_digest, build_telling, iso_week
from veille.digest.rising import build_trends, find_whole_weeks
from veille.digest.values import Candidate, Digest, Shown, SourceHealth, Trend
from veille.export.digests import render_agenda, render_bibliography
from veille.faults import step
from veille.home import Home, load_signing_key, read_plain
from veille.kinds import KINDS
from veille.message import build_message_id
from veille.rank.order import order_entries
from veille.render import archive
from veille.render.balance import TopicPictures, build_balance, build_line
from veille.render.links import Links
from veille.signing import VoteToken, build_token
from veille.store import Store
from veille.store.ledger import Entry as LedgerEntry
from veille.trends.weeks import name_week
from veille.values import Score

logger = logging.getLogger(__name__)


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
    suppressed: int = 0  # left, bounced before, or not a recipient any more
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
        if was_sent and is_whole(folder):
            made.append(read_issue(folder))
            continue
        if ranked is None:
            known = store.load_stories(since=now - RANKED_PERIOD, until=now)
            ranked = rank_known(store, config.topics, model, known, now)
        made.append(_make_issue(home, config, store, audience, ranked, folder, now, record=not was_sent))
    write_archive(home, config.organisation, _load_topics(config, store, now))
    return made


def write_archive(home: Home, organisation: Organisation, topics: Sequence[TopicPictures] = ()) -> None:
    """List in ``reports/`` all issues that lie there; a folder that holds none of ours is left out."""
    issues = []
    for path in sorted(home.reports.glob("*/*/digest.json")):
        issued = _read_issued(path)
        if issued is None:
            logger.warning("%s is left out of %s: it is not a whole issue of that folder", path.parent, archive.PAGE)
        else:
            issues.append(issued)
    home.reports.mkdir(parents=True, exist_ok=True)
    _write(home.reports / archive.PAGE, archive.render_archive(issues, organisation, topics))
    _write(home.reports / archive.FEED, archive.render_archive_feed(issues, organisation))


def _load_topics(config: Config, store: Store, now: datetime) -> list[TopicPictures]:
    """Each topic's whole weeks, and what is talked about in it beside what is shown."""
    language = config.organisation.language
    counted, _ = store.load_weeks([name_week(monday) for monday in find_whole_weeks(now)])
    known = store.load_topic_evidence()
    return [
        TopicPictures(
            build_line(topic.id, topic.name, [asdict(row) for row in counted if row.topic_id == topic.id], language),
            build_balance(topic.id, known.get(topic.id, ()), language),
        )
        for topic in config.topics
    ]


def is_whole(folder: Path) -> bool:
    """Whether what is mailed lies in a folder: an issue's page, its text and its data, and nothing in their place."""
    named = all((folder / name).is_file() for name in ("digest.html", "digest.txt"))
    return named and _read_issued(folder / "digest.json") is not None


def _read_issued(path: Path) -> archive.Issued | None:
    try:
        data = json.loads(read_plain(path))
    except (OSError, ValueError, RecursionError):
        return None
    folder = path.parent
    whole = (folder / "digest.html").exists()
    return archive.parse_issued(data, folder.parent.name, folder.name) if whole else None


def read_issue(folder: Path) -> Issue:
    """An issue as it was written into this folder."""
    data = json.loads((folder / "digest.json").read_bytes())
    entries = sum(len(section["entries"]) for section in data["sections"])
    return Issue(data["digest_id"], data["audience"], data["week"], folder, entries)


def _make_issue(
    home: Home,
    config: Config,
    store: Store,
    audience: Audience,
    ranked: Ranked,
    folder: Path,
    now: datetime,
    *,
    record: bool,
) -> Issue:
    digest = _build(config, store, audience, ranked, now)
    links = _build_links(home, config, digest)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (
        ("digest.html", render.render_html(digest, links)),
        ("digest.txt", render.render_text(digest, links)),
        ("digest.json", render.render_json(digest)),
        ("digest.bib", render_bibliography(digest)),
        ("agenda.ics", render_agenda(digest)),
    ):
        _write(folder / name, text)
    if record:
        _record(config, store, audience, digest, folder)
    return Issue(digest.digest_id, audience.id, digest.week, folder, len(digest.entries))


def _build_links(home: Home, config: Config, digest: Digest) -> Links:
    """The signed links of an issue: a vote on each entry."""
    key = load_signing_key(home)
    tokens = {
        entry.story.story_id: build_token(key, VoteToken(digest.digest_id, entry.story.story_id, entry.topic_id))
        for entry in digest.entries
    }
    return Links(config.web.url.rstrip("/"), tokens)


def _build(config: Config, store: Store, audience: Audience, ranked: Ranked, now: datetime) -> Digest:
    week = iso_week(now, config.organisation.zone)
    by_story: dict[str, dict[str, Score]] = {}
    for score in ranked.scores:
        by_story.setdefault(score.story_id, {})[score.topic_id] = score
    papers = [item_id for item_id, seen in ranked.items.items() if seen.item.kind == "paper"]
    evidence = store.load_evidence(papers)
    candidates = [
        Candidate(
            story.story_id,
            story.item_id,
            tuple(
                build_telling(ranked.items[member.item_id], member.relation, evidence.get(member.item_id))
                for member in story.members
            ),
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
        _load_trends(config, store, audience, now),
    )


def _load_trends(config: Config, store: Store, audience: Audience, now: datetime) -> tuple[Trend, ...]:
    weeks = [name_week(monday) for monday in find_whole_weeks(now)]
    return build_trends(config.topics_of(audience), weeks, *store.load_weeks(weeks))


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
    entries: list[LedgerEntry] = [
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
    rising = [trend for trend in digest.trends if trend.rising]
    for position, trend in enumerate(rising, start=len(entries) + 1):
        entries.append((position, "trends", trend.topic_id, None, trend.surge, []))
    people = {to.lower(): to for to in reversed(audience.to)}.values()
    recipients = [(to, build_message_id(digest.digest_id, to, config.mail.sender)) for to in people]
    path = folder.relative_to(folder.parents[2]).as_posix() + "/digest.html"
    store.save_digest(digest.digest_id, audience.id, digest.week, digest.generated_at, path, entries, recipients)
    step("digest-recorded")


def _write(path: Path, text: str) -> None:
    """All of it or nothing, also when the power fails."""
    new = path.with_name(path.name + ".new")
    with new.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    step("file-written")
    new.replace(path)
    step("file-placed")

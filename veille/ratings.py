"""What readers say of stories, and that they leave: to the store, at once or through a queue of files."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, get_args

from veille.config import Config, UnknownNameError
from veille.home import Home
from veille.store import Store
from veille.values import Rating, short_hash

logger = logging.getLogger(__name__)

Verdict = Literal["useful", "off-topic", "undo"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)


@dataclass(frozen=True, slots=True)
class Rated:
    """What came of a rating: the story that was meant, and the topics for which something was said or taken back."""

    story_id: str
    item_id: str
    title: str
    verdict: Verdict
    topics: tuple[str, ...]
    changed: bool  # False where the same was said before


@dataclass(frozen=True, slots=True)
class Vote:
    """A rating that waits in the queue."""

    what: str  # a story id or item id
    verdict: Verdict
    topic_id: str | None
    rater: str
    rated_at: datetime


@dataclass(frozen=True, slots=True)
class Leave:
    """A recipient's wish to have nothing more of an audience, that waits in the queue."""

    audience: str
    recipient: str
    left_at: datetime


def rate(
    store: Store,
    config: Config,
    what: str,
    verdict: Verdict,
    topic_id: str | None,
    now: datetime,
    rater: str = "",
    *,
    late: bool = False,
) -> Rated:
    """Record what somebody says of a story: of ``what``, an item id or story id or its first characters.

    Without a topic the one is meant that a digest showed it under, else the one it scores best for; ``undo`` takes back
    all that this rater said of it. A ``late`` rating gives way to those given after it. Raises `UnknownNameError` where
    ``what`` means no story or several, or the topic is not in the configuration.
    """
    known = [topic.id for topic in config.topics]
    if topic_id is not None and topic_id not in known and verdict != "undo":
        raise UnknownNameError(f"unknown topic {topic_id!r}; the topics are {', '.join(known)}")
    story_id, item_id, title = _find_story(store, what)
    if verdict == "undo":
        undone = store.undo_ratings(story_id, topic_id, rater, now, late=late)
        return Rated(story_id, item_id, title, verdict, tuple(one.topic_id for one in undone), bool(undone))
    topic_id = topic_id or _find_topic(store, story_id, known)
    changed = store.save_rating(Rating(story_id, item_id, topic_id, verdict, now, rater), late=late)
    return Rated(story_id, item_id, title, verdict, (topic_id,), changed)


def _find_story(store: Store, what: str) -> tuple[str, str, str]:
    found = store.find_stories(what.strip())
    if not found:
        raise UnknownNameError(f"no item or story begins with {what!r}; `veille sql` shows their ids")
    if len(found) > 1:
        named = "\n".join(f"  {story_id}  {title}" for story_id, _, title in found)
        raise UnknownNameError(f"{what!r} may mean several stories; give more of its characters:\n{named}")
    return found[0]


def _find_topic(store: Store, story_id: str, known: Sequence[str]) -> str:
    if shown := [topic_id for topic_id in store.load_shown_topics(story_id) if topic_id in known]:
        return shown[0]
    scores = [score for score in store.load_scores([story_id]) if score.topic_id in known]
    if not scores and len(known) > 1:
        raise UnknownNameError(f"{story_id} has no scores yet: say for which topic with --topic {'|'.join(known)}")
    return max(scores, key=lambda score: score.score).topic_id if scores else known[0]


# --- the queue -----------------------------------------------------------------------------------------------------


def queue_vote(home: Home, what: str, verdict: Verdict, topic_id: str | None, now: datetime, rater: str = "") -> Path:
    """Leave a rating for the next run, while another process may hold the home; the same one twice is one file."""
    vote = {"what": what, "verdict": verdict, "topic_id": topic_id, "rater": rater, "rated_at": now.isoformat()}
    return _queue(home, vote, now)


def queue_leave(home: Home, audience: str, recipient: str, now: datetime) -> Path:
    """Leave for the next run that this recipient wants nothing more of that audience."""
    return _queue(home, {"audience": audience, "recipient": recipient, "left_at": now.isoformat()}, now)


def _queue(home: Home, said: Mapping[str, str | None], now: datetime) -> Path:
    folder = home.data / "votes"
    folder.mkdir(parents=True, exist_ok=True)
    body = json.dumps(said, ensure_ascii=False, sort_keys=True)
    path = folder / f"{now.astimezone(UTC):%Y%m%dT%H%M%S}-{short_hash(body)}.json"
    new = path.with_suffix(f".{os.getpid()}.new")
    with new.open("w", encoding="utf-8") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    return path


def take_votes(home: Home, store: Store, config: Config) -> int:
    """Apply what waits in the queue, in the order in which it was said, and remove it; how much there was.

    For whoever holds the home. A file is removed once it is recorded, and recording it again changes nothing. One that
    cannot be read, or means nothing that is known, is put into ``data/votes/aside`` and logged.
    """
    taken = 0
    for path in sorted((home.data / "votes").glob("*.json")):
        try:
            said = parse_said(path.read_bytes())
            if isinstance(said, Leave):
                store.save_suppression(said.audience, said.recipient, "left", said.left_at)
            else:
                rate(store, config, said.what, said.verdict, said.topic_id, said.rated_at, said.rater, late=True)
        except (ValueError, RecursionError, UnknownNameError) as error:
            _put_aside(path, error)
        else:
            path.unlink(missing_ok=True)
            taken += 1
    return taken


def parse_said(body: bytes) -> Vote | Leave:
    """What a file of the queue says; raises ValueError, with what is wrong, for anything else."""
    fields = json.loads(body)
    if not isinstance(fields, dict):
        raise ValueError("not a JSON object")
    return _parse_leave(fields) if "left_at" in fields else _parse_vote(fields)


def parse_vote(body: bytes) -> Vote:
    """A vote from its file; raises ValueError, with what is wrong, for anything else."""
    said = parse_said(body)
    if not isinstance(said, Vote):
        raise ValueError("not a vote")
    return said


def _parse_leave(fields: Mapping[str, object]) -> Leave:
    audience, recipient = fields.get("audience"), fields.get("recipient")
    if not (isinstance(audience, str) and isinstance(recipient, str)):
        raise ValueError("audience and recipient are texts")
    return Leave(audience, recipient, _parse_instant(fields, "left_at"))


def _parse_vote(fields: Mapping[str, object]) -> Vote:
    what, verdict, topic_id, rater = (fields.get(name) for name in ("what", "verdict", "topic_id", "rater"))
    rated_at = _parse_instant(fields, "rated_at")
    if verdict not in VERDICTS:
        raise ValueError(f"verdict {verdict!r}, not one of {', '.join(VERDICTS)}")
    if not (isinstance(what, str) and isinstance(rater, str) and isinstance(topic_id, str | None)):
        raise ValueError("what, topic_id and rater are texts")
    return Vote(what, verdict, topic_id, rater, rated_at)


def _parse_instant(fields: Mapping[str, object], name: str) -> datetime:
    instant = datetime.fromisoformat(str(fields.get(name)))
    if instant.tzinfo is None:
        raise ValueError(f"{name} {instant} without a time zone")
    return instant.astimezone(UTC)


def _put_aside(path: Path, error: Exception) -> None:
    aside = path.parent / "aside"
    aside.mkdir(exist_ok=True)
    path.replace(aside / path.name)
    logger.warning("%s: not a vote that can be counted, put into %s (%s)", path, aside, error)

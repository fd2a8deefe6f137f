"""The command that says what a story was worth, so that the next digests are better."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from typing import Annotated

import typer

from veille.cli.asked import DONE, Asked, NotDoneError, app
from veille.cli.look import load_published
from veille.cli.tell import tell, tell_json, tell_table
from veille.home import hold_home, load_config
from veille.ratings import Rated, rate, take_votes
from veille.store import StoreError, open_store

RATING_COLUMNS = ("story_id", "topic_id", "verdict", "rated_at", "title")
RATINGS = """
    SELECT r.story_id, r.item_id, r.topic_id, r.verdict, r.rated_at, i.title
    FROM ratings r LEFT JOIN items i USING (item_id) ORDER BY r.rated_at DESC, r.story_id, r.topic_id"""


class Said(StrEnum):
    useful = "useful"
    off_topic = "off-topic"
    undo = "undo"


@app.command("rate")
def rate_command(
    context: typer.Context,
    item: Annotated[str, typer.Argument(help="An item_id or story_id or its first characters; or `list`.")],
    verdict: Annotated[Said | None, typer.Argument(help="What it was for the topic; undo takes it back.")] = None,
    topic: Annotated[str | None, typer.Option(help="The topic meant (default: where it was shown).")] = None,
) -> int:
    """Says that a story was useful or off-topic, which changes ranking; `veille rate list` shows all that was said."""
    asked: Asked = context.obj
    if verdict is None and item == "list":
        return _tell_ratings(asked, topic)
    if verdict is None:
        raise typer.BadParameter("say what it was: useful, off-topic or undo; or `veille rate list`")
    rated = run_rate(asked, item, verdict, topic)
    if asked.json:
        tell_json(asdict(rated))
    else:
        tell(_word(rated))
    return DONE


def run_rate(asked: Asked, item: str, verdict: Said, topic: str | None) -> Rated:
    """Rate in the asked home, after the votes that wait there, and publish."""
    config = load_config(asked.home)
    try:
        with hold_home(asked.home), open_store(asked.home.data) as store:
            take_votes(asked.home, store, config)
            rated = rate(store, config, item, verdict.value, topic, asked.now)
            store.publish()
    except StoreError as error:
        raise NotDoneError(str(error)) from error
    return rated


def _word(rated: Rated) -> str:
    story = f"{rated.story_id} ({rated.title})"
    topics = ", ".join(rated.topics)
    if rated.verdict == "undo":
        return f"Taken back for {topics}: {story}" if rated.topics else f"Nothing to take back: {story}"
    return f"{'Rated' if rated.changed else 'Was rated'} {rated.verdict} for {topics}: {story}"


def _tell_ratings(asked: Asked, topic: str | None) -> int:
    rows, _ = load_published(asked, RATINGS)
    rows = [row for row in rows if topic in (None, row["topic_id"])]
    if asked.json:
        tell_json(rows)
    elif rows:
        tell_table("Ratings", rows, RATING_COLUMNS, load_config(asked.home).organisation.zone)
    else:
        tell("Nothing was rated yet: veille rate ITEM useful, or off-topic.")
    return DONE

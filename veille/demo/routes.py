"""What the sample web answers: a table from path to a function of the day and the query.

Every endpoint is a `Route`, so a search API, a calendar or a page is one more function and one more line in
`build_routes`; a path that ends in ``/*`` takes whatever its last part is, as the query's ``path``. HTTP itself
(conditional requests, HEAD, unknown paths) is the server's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from html import escape
from importlib.resources import files
from typing import Any

from veille.demo.catalogue import PATH as CATALOGUE_PATH
from veille.demo.catalogue import list_courses, load_courses
from veille.demo.feeds import Feed, Status, build_feed, find_changed_at, render_feed
from veille.demo.research import ARCHIVES, load_papers, render_answer

Query = Mapping[str, str]


@dataclass(frozen=True)
class Reply:
    """An answer before HTTP: the server adds lengths and validators, and turns it into a 304 where it may."""

    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    changed_at: datetime | None = None  # UTC


Route = Callable[[date, Query], Reply]


def load_feeds() -> tuple[Feed, ...]:
    """Every feed of the package's ``web`` folder, by name."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found = sorted((file for file in files(__package__).joinpath("web").iterdir()), key=lambda file: file.name)
    texts = {file.name.removesuffix(".yaml"): file.read_text("utf-8") for file in found if file.name.endswith(".yaml")}
    return tuple(build_feed(name, yaml.load(text, loader)) for name, text in texts.items())


def build_routes(feeds: Iterable[Feed]) -> dict[str, Route]:
    """The whole sample web: a front page for a person, and each feed where it lives and where it moves to."""
    feeds = tuple(feeds)
    routes: dict[str, Route] = {"/": partial(answer_front_page, feeds)}
    for feed in feeds:
        routes[feed.path] = partial(answer_first_path, feed)
        routes.update({change.location: partial(answer_feed, feed) for change in feed.statuses if change.location})
    papers = load_papers()
    routes.update({path: partial(answer_search, partial(answer, papers)) for path, answer in ARCHIVES.items()})
    routes[CATALOGUE_PATH] = partial(answer_search, partial(list_courses, load_courses()))
    return routes


def answer_search(search: Callable[[date, Query], dict[str, Any]], day: date, query: Query) -> Reply:
    return Reply(render_answer(search(day, query)), "application/json; charset=utf-8")


def answer_front_page(feeds: tuple[Feed, ...], day: date, query: Query) -> Reply:  # noqa: ARG001 - a Route
    rows = "".join(f'<li><a href="{escape(feed.path)}">{escape(feed.title)}</a> ({feed.format})</li>' for feed in feeds)
    page = f"<!doctype html><meta charset=utf-8><title>Sample web</title><h1>Sample web, {day}</h1><ul>{rows}</ul>"
    return Reply(page.encode(), "text/html; charset=utf-8")


def answer_first_path(feed: Feed, day: date, query: Query) -> Reply:
    status = find_status(feed, day)
    return answer_feed(feed, day, query) if status is None else answer_status(status)


def answer_feed(feed: Feed, day: date, query: Query) -> Reply:  # noqa: ARG001 - a Route
    content_type, body = render_feed(feed, day)
    return Reply(body, f"{content_type}; charset={feed.encoding}", changed_at=find_changed_at(feed, day))


def answer_status(status: Status) -> Reply:
    location = {"Location": status.location} if status.location else {}
    retry_after = {"Retry-After": str(status.retry_after)} if status.retry_after else {}
    return Reply(b"", status=status.status, headers=location | retry_after)


def find_status(feed: Feed, day: date) -> Status | None:
    """The status that takes the feed's place at its first path on that day, if one does."""
    current = (status for status in feed.statuses if status.since <= day and (not status.until or day < status.until))
    return next(current, None)

"""New sources for a home: what is behind an address, tried over HTTP, and its line written into ``sources.yaml``."""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from veille.config import Config, Source
from veille.config.files import ORGANISATION_FILE, SOURCES_FILE, ConfigError, parse_config
from veille.fetch.answers import FetchError, say_once
from veille.home import Home, load_config
from veille.kinds import UnreadableError, load_kind
from veille.parse import ParseFailedError
from veille.sources.check import Trial
from veille.sources.discover import Candidate, detect_kind, find_candidates, find_title
from veille.sources.listing import add_lines, build_line, guess_section_of
from veille.values import Item, Request

WATCH = "a page without one can be watched with `kind: page` and `options: {watch: true}`."


class NothingFoundError(Exception):
    """No source is behind an address; says what was there."""


class NotWrittenError(Exception):
    """The line could not be added; the file is as it was. Says what to write by hand."""


@dataclass(frozen=True, slots=True)
class Found:
    """A source that was tried and answered. Its id is not chosen yet."""

    source: Source
    title: str
    items: tuple[Item, ...]
    stated: bool = True  # by the page; else at an address where sites usually have one


async def find_source(trial: Trial, url: str) -> Found:
    """The best source behind an address: what the page states is tried first, then what is only usual.

    Raises `NothingFoundError`.
    """
    body, headers, final, title, problem = b"", {}, url, "", ""
    try:
        answer = await trial.client.fetch(Request(url, conditional=False))
        body, headers, final = answer.body, dict(answer.headers), answer.url
        title = find_title(body, headers)
    except FetchError as error:
        problem = say_once(error)
    candidates = find_candidates(body, headers, final)
    for stated in (True, False):
        if problem and not stated:
            break  # the site does not answer: no use in guessing
        tried = [candidate for candidate in candidates if candidate.stated is stated]
        results = [found for found in await asyncio.gather(*(_try(trial, one, title) for one in tried)) if found]
        if results:
            return next((found for found in results if found.items), results[0])
    raise NothingFoundError(problem or _say_nothing(url, candidates))


def _say_nothing(url: str, candidates: Sequence[Candidate]) -> str:
    missing = sorted({one.kind for one in candidates if one.stated and load_kind(one.kind) is None})
    hint = f" It looks like the kind {', '.join(missing)}, which is not built yet." if missing else ""
    return (
        f"No feed, calendar, list of events, catalogue or repository was found at {url} "
        f"({len(candidates)} addresses tried).{hint} Look for a link called RSS or Atom there and give that address; "
        f"{WATCH}"
    )


async def _try(trial: Trial, candidate: Candidate, title: str) -> Found | None:
    """What a candidate yields; None when it is none."""
    kind = load_kind(candidate.kind)
    if kind is None:
        return None
    try:
        source = _build_source(candidate)
        request, answer = await trial.fetch(kind, source)
        actual = detect_kind(answer.body, answer.headers) or candidate.kind
        if actual != candidate.kind and request.url == candidate.url:
            source = _build_source(Candidate(actual, candidate.url))
        if answer.moved_to and request.url == candidate.url:
            source = source.model_copy(update={"url": answer.moved_to})
        page = await trial.parse(source, answer)
    except (FetchError, UnreadableError, ParseFailedError, ValidationError, LookupError):
        return None
    own_title = find_title(answer.body, answer.headers) if source.kind in ("rss", "ical", "page") else ""
    return Found(source, own_title or title, page.items, candidate.stated)


def _build_source(candidate: Candidate) -> Source:
    section = guess_section_of(candidate.kind, candidate.url)
    return Source(
        id="candidate", kind=candidate.kind, url=candidate.url, section=section, options=dict(candidate.options)
    )


def add_sources(home: Home, new: Sequence[tuple[str, Source]]) -> Config:
    """Writes a line for each (comment, source) under the last one, the file's comments and order kept; what it is now.

    The file is replaced in one step, and only by one that is valid and says what it said before and the new sources.
    Two that add at once take turns; a collection that runs meanwhile is not in the way. Raises `NotWrittenError` and
    `ConfigError`.
    """
    path = (home.path / SOURCES_FILE).resolve()
    with _alone(path.parent):
        return _add_lines(home, path, new)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Nobody else adds to a file in this folder until the block ends; waits for those who do."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _add_lines(home: Home, path: Path, new: Sequence[tuple[str, Source]]) -> Config:
    before = load_config(home)
    lines = [(comment, build_line(source)) for comment, source in new]
    text = path.read_bytes().decode("utf-8")
    try:
        changed = add_lines(text, lines).encode()
        after = parse_config((home.path / ORGANISATION_FILE).read_bytes(), changed)
    except (ValueError, ConfigError) as error:
        raise NotWrittenError(_by_hand(path, lines, str(error))) from None
    if after.sources != (*before.sources, *(source for _, source in new)):
        raise NotWrittenError(_by_hand(path, lines, "its form is not one that a line can be added to safely"))
    if path.read_bytes() != text.encode():
        raise NotWrittenError(_by_hand(path, lines, "it was edited meanwhile"))
    _replace(path, changed)
    return after


def _by_hand(path: Path, lines: Sequence[tuple[str, str]], why: str) -> str:
    return f"{path} was left as it was: {why}. Add by hand:\n" + "\n".join(f"  - {line}" for _, line in lines)


def _replace(path: Path, body: bytes) -> None:
    """The file whole or as it was, whatever happens meanwhile."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        try:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
            shutil.copymode(path, file.name)
            Path(file.name).replace(path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise

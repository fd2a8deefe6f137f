"""A home as its site sees it: the configuration as it is now, the published database, votes, files of issues."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from veille.config import Config
from veille.config.files import ORGANISATION_FILE, SOURCES_FILE, ConfigError
from veille.home import Home, HomeHeldError, hold_home, load_config, load_signing_key
from veille.ratings import Verdict, queue_leave, queue_vote, rate, take_votes
from veille.signing import LeaveToken, VoteToken
from veille.store import PUBLISHED, Store, StoreError, open_published, open_store
from veille.web.cards import Setting, build_setting
from veille.web.guard import find_report

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from veille.embed import Embedder

logger = logging.getLogger(__name__)

READERS = 4  # pages that read the database at a time
FOUND = 400  # stories of a search that can be narrowed
NEAR = 50  # ranks by meaning that count as found: a model ranks everything, however far
REMEMBERED = 50  # searches


class Site:
    """What the routes ask. Used from several threads; raises `ConfigError` when made of a home with a bad file."""

    def __init__(self, home: Home, clock: Callable[[], datetime]) -> None:
        self.home = home
        self.now = clock
        self.key = load_signing_key(home)
        self._config, self._stamp = load_config(home), self._read_stamp()
        self._embedder: tuple[object, Embedder] | None = None
        self._found: dict[object, tuple[list[str], bool]] = {}
        self._readers = threading.BoundedSemaphore(READERS)
        self._writer, self._lock = threading.Lock(), threading.Lock()

    # --- reading

    @property
    def config(self) -> Config:
        """As the files say now; while they are wrong, as they said before."""
        with self._lock:
            stamp = self._read_stamp()
            if stamp != self._stamp:
                self._stamp = stamp
                try:
                    self._config = load_config(self.home)
                except ConfigError as error:
                    logger.warning("the configuration of before is kept: %s", error)
            return self._config

    def _read_stamp(self) -> tuple[int, ...]:
        paths = (self.home.path / name for name in (ORGANISATION_FILE, SOURCES_FILE))
        return tuple(path.stat().st_mtime_ns if path.exists() else 0 for path in paths)

    @property
    def setting(self) -> Setting:
        return build_setting(self.config, self.now())

    @contextmanager
    def open_reading(self) -> Iterator[DuckDBPyConnection]:
        """The published database as it is at this moment, whatever is published until the block ends.

        Raises `StoreError`.
        """
        with self._readers, open_published(self.home.data) as connection:
            yield connection

    def stamp_published(self) -> object:
        """What changes when something is published. Taken before it is opened, it never belongs to a later copy."""
        path = self.home.data / PUBLISHED
        return (found.st_ino, found.st_mtime_ns) if path.exists() and (found := path.stat()) else None

    def search(self, connection: DuckDBPyConnection, stamp: object, text: str) -> tuple[list[str], bool]:
        """Ids of the best items of the stories that the hybrid search finds, best first; and whether by their words.

        Pages and filters of one search ask again: what was found is remembered until the ``stamp`` changes. The model
        is loaded at the first search. Raises `veille.embed.ModelUnavailableError`.
        """
        from veille.search import has_words, search

        key = (stamp, self.config.embedding, text)
        found = self._found.get(key)
        if found is None:
            rows = search(connection, self._open_embedder(), text, FOUND)
            near = [row["item_id"] for row in rows if row["by_words"] or row["by_meaning"] <= NEAR]
            found = near, has_words(rows)
            with self._lock:
                self._found = dict([*self._found.items(), (key, found)][-REMEMBERED:])
        return found

    def _open_embedder(self) -> Embedder:
        from veille.embed import open_embedder

        embedding = self.config.embedding
        with self._lock:
            if self._embedder is None or self._embedder[0] != embedding:
                self._embedder = embedding, open_embedder(embedding)
            return self._embedder[1]

    def find_file(self, path: str) -> Path | None:
        """A file below the reports, where it is one; nothing that a link leads out to."""
        reports = self.home.reports.resolve()
        found = (reports / path).resolve()
        return found if found.is_relative_to(reports) and found.is_file() else None

    def find_pages(self, paths: Iterable[str]) -> set[str]:
        """Of these paths of issues, as the database has them, those whose page is there."""
        return {path for path in paths if self._is_page(path)}

    def _is_page(self, path: str) -> bool:
        parts = path.split("/")
        report = find_report(*parts[1:]) if len(parts) == 4 and parts[0] == "reports" else None
        return report is not None and self.find_file(report) is not None

    # --- writing

    def vote(self, token: VoteToken, verdict: Verdict) -> bool:
        """Rate a story for its issue's readers, in the store, or while another process holds the home in its queue.

        Whether it is in the store already. Raises `UnknownNameError` for a story or topic that is not there any more.
        """
        config, now = self.config, self.now()
        said = (token.story_id, verdict, token.topic_id)
        return self._settle(
            lambda store: rate(store, config, *said, now, token.digest_id),
            lambda: queue_vote(self.home, *said, now, token.digest_id),
        )

    def leave(self, token: LeaveToken) -> bool:
        """Send this recipient nothing more of that audience; whether that is in the store already."""
        now = self.now()
        return self._settle(
            lambda store: store.save_suppression(token.audience, token.recipient, "left", now),
            lambda: queue_leave(self.home, token.audience, token.recipient, now),
        )

    def _settle(self, apply: Callable[[Store], object], queue: Callable[[], object]) -> bool:
        with self._writer:
            try:
                with hold_home(self.home, patience_seconds=0.2), open_store(self.home.data) as store:
                    take_votes(self.home, store, self.config)
                    apply(store)
                    store.publish()
            except (HomeHeldError, StoreError, OSError) as error:
                logger.info("queued: %s", error)
                queue()
                return False
        return True

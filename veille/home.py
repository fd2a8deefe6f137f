"""The home folder: where things lie, its configuration and secrets, and the lock that keeps two runs apart."""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TextIO

from veille.config import Config
from veille.config.files import ORGANISATION_FILE, SOURCES_FILE, ConfigError, Problem, parse_config

logger = logging.getLogger(__name__)

SMTP_PASSWORD = "VEILLE_SMTP_PASSWORD"
SIGNING_KEY = "signing.key"
PATIENCE_SECONDS = 2.0


class HomeHeldError(Exception):
    """Another run holds this home."""


@dataclass(frozen=True, slots=True)
class Home:
    path: Path

    @property
    def data(self) -> Path:
        return self.path / "data"

    @property
    def reports(self) -> Path:
        return self.path / "reports"


def load_config(home: Home) -> Config:
    """Both files of the home, valid together; raises `ConfigError` with every problem of both."""
    bodies, problems = [], []
    for name in (ORGANISATION_FILE, SOURCES_FILE):
        try:
            bodies.append(read_plain(home.path / name))
        except OSError as error:
            allowed = "a readable file: `veille init` writes a commented one, `--home DIR` names another folder"
            problems.append(Problem(name, 1, "", f"{error.strerror} ({home.path / name})", allowed))
    if problems:
        raise ConfigError(problems)
    config = parse_config(*bodies)
    if not config.embedding.model.startswith("."):
        return config
    # A model beside the home's files is meant from there, wherever the command is run.
    model = str((home.path / config.embedding.model).resolve())
    return config.model_copy(update={"embedding": config.embedding.model_copy(update={"model": model})})


def check_plain(path: Path) -> None:
    """Raises `FileExistsError` where something else than a file is: a pipe, for one, would be waited for for ever."""
    if path.exists() and not path.is_file():
        raise FileExistsError(errno.EEXIST, "Not a file", str(path))


def read_plain(path: Path) -> bytes:
    """The bytes of a file; raises OSError."""
    check_plain(path)
    return path.read_bytes()


def load_secret(home: Home, name: str) -> str | None:
    """A password or key: the environment first, else the home's ``.env`` file; None where neither has it.

    A file that cannot be read is none, and told of: a service manager may read it for us, and hand on what is in it.
    """
    return os.environ.get(name) or _read_secrets(home.path / ".env").get(name) or None


def _read_secrets(path: Path) -> dict[str, str | None]:
    from dotenv import dotenv_values

    try:
        check_plain(path)
        return dotenv_values(path)
    except (OSError, UnicodeError) as error:
        _tell_unread(path, error.strerror if isinstance(error, OSError) else "it is not UTF-8")
        return {}


@lru_cache  # once a process, however many secrets are asked for
def _tell_unread(path: Path, why: str) -> None:
    logger.warning("%s cannot be read (%s): going on with what the environment has", path, why)


def load_api_key(home: Home, kind: str) -> str | None:
    """The key of a kind of source, from ``VEILLE_<KIND>_API_KEY``."""
    return load_secret(home, f"VEILLE_{kind.upper()}_API_KEY")


def load_signing_key(home: Home) -> str:
    """The key that the links in mails are signed with, made once a home: whoever has it can vote and unsubscribe.

    Raises `ConfigError` for a file that holds none: with an empty key anybody could sign.
    """
    path = home.data / SIGNING_KEY
    with suppress(FileNotFoundError):
        return _check_key(path, read_plain(path))
    home.data.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{SIGNING_KEY}.{os.getpid()}")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(32) + "\n")
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):
        os.link(new, path)  # the first one to be made stays
    new.unlink()
    return _check_key(path, path.read_bytes())


def _check_key(path: Path, body: bytes) -> str:
    key = body.strip()
    if re.fullmatch(rb"[\w-]{32,}", key):
        return key.decode("ascii")
    allowed = "the key that was made here: restore a backup, or remove it; the links in mails sent before then end"
    raise ConfigError([Problem(path.name, 1, "", f"{len(body)} bytes that are no key ({path})", allowed)])


def find_holder(home: Home) -> str | None:
    """The process that holds the home, as it wrote itself down; None when nobody does."""
    try:
        check_plain(home.data / "run.lock")
        with (home.data / "run.lock").open(encoding="ascii", errors="replace") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return file.read().strip() or "unknown"
    except OSError:
        pass
    return None


def _lock(file: TextIO, patience_seconds: float) -> bool:
    until = time.monotonic() + patience_seconds
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
        time.sleep(0.05)


@contextmanager
def hold_home(home: Home, *, patience_seconds: float = PATIENCE_SECONDS) -> Iterator[None]:
    """Keep every other run out while this one writes; the system lets go when the process dies.

    Raises `HomeHeldError` when another run still holds the home after this time: a vote holds it for a moment.
    """
    home.data.mkdir(parents=True, exist_ok=True)
    check_plain(home.data / "run.lock")
    with (home.data / "run.lock").open("a+", encoding="ascii", errors="replace") as file:
        if not _lock(file, patience_seconds):
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise HomeHeldError(
                f"Another run (process {holder}) holds {home.path}: wait until it has finished, then try again."
            )
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        if (home.data / "restore.new").exists():
            from veille.placing import finish_placing

            finish_placing(home.path)  # a restore that the machine stopped in the middle of
        yield

"""The state of a home as one file, with the sum of each thing in it; a copy a week by itself.

A zip archive: its list of names comes without unpacking anything, and any program can open it. ``manifest.json`` says
what must be in it. Secrets (``.env``) and Prefect's state are not.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from importlib.metadata import version
from pathlib import Path

from veille.config import Config
from veille.config.files import ORGANISATION_FILE, SOURCES_FILE
from veille.digest import iso_week
from veille.home import SIGNING_KEY, Home
from veille.store import Store, StoreError
from veille.store.backups import BACKUPS, BLOCK, WEEKLY, sync

logger = logging.getLogger(__name__)

MANIFEST = "manifest.json"
STORE_NAME = "data/store.duckdb"
KEY_NAME = f"data/{SIGNING_KEY}"
SINGLE = (ORGANISATION_FILE, SOURCES_FILE, KEY_NAME)
OURS = re.compile(r"data/votes/[^/]+\.json|reports(/[^/]+){1,4}")
FAST = 1  # zlib's level: the store is compressed already, and level 6 takes over twice the time for 3 % less
KEPT_WEEKS, KEPT_MONTHS = 4, 6
A_WEEKS = re.compile(r"weekly-(?!0000)\d{4}-W(0[1-9]|[1-4]\d|5[0-3])\.zip")


class BackupError(Exception):
    """No backup can be made or restored; says why and what to do. The home is as it was."""


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was made."""

    path: Path
    files: int
    bytes: int
    format: int | None  # of the store; None where there is none yet
    made_at: datetime


def is_ours(name: str) -> bool:
    """Whether a backup may hold a file of this name: relative, inside the home, and one that we write."""
    plain = all(part not in ("", ".", "..") for part in name.split("/")) and not re.search(r"[\x00-\x1f\x7f\\]", name)
    return plain and (name in (*SINGLE, STORE_NAME) or bool(OURS.fullmatch(name)))


def write_backup(home: Home, store: Store | None, target: Path, now: datetime) -> Backup:
    """Write the state of a home, which the caller holds, into one file, in one step.

    Raises `BackupError` where there is nothing to back up or no room for it.
    """
    if target.exists() and not _is_replaceable(target):
        raise BackupError(f"{target}: something is there that is no backup: name another file")
    new = target.with_name(f".{target.name}.new")
    copy = home.data / "store.copy"
    try:
        found = list(_find_files(home, {target, new}))
        if store is not None:
            store.copy_to(copy)
            found.append((STORE_NAME, copy))
        if not found:
            raise BackupError(f"{home.path} is no home: it has neither configuration nor store")
        known = store.version if store is not None else None
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            _write_archive(file, found, {"made_at": now.isoformat(), "format": known, "veille": version("veille")})
            file.flush()
            os.fsync(file.fileno())
        new.replace(target)
        sync(target.parent)
    except OSError as error:
        raise BackupError(f"{target}: the backup cannot be written: {error.strerror} ({error.filename})") from error
    finally:
        for rest in (new, copy):
            with suppress(OSError):
                rest.unlink(missing_ok=True)
    return Backup(target, len(found), target.stat().st_size, known, now)


def _is_replaceable(target: Path) -> bool:
    """Another backup, or nothing: not a device, not a folder, and no other file whose name was mistaken."""
    if not target.is_file() or target.stat().st_size == 0:
        return target.is_file()
    try:
        with zipfile.ZipFile(target) as archive:
            return MANIFEST in archive.namelist()
    except (zipfile.BadZipFile, OSError):
        return False


def _find_files(home: Home, other_than: set[Path]) -> Iterator[tuple[str, Path]]:
    """Name and path of every file of the home's state but the store."""
    folders = (home.data / "votes", home.reports)
    for path in (*(home.path / name for name in SINGLE), *(p for one in folders for p in sorted(one.rglob("*")))):
        name = path.relative_to(home.path).as_posix()
        if is_ours(name) and path.is_file() and not path.is_symlink() and path not in other_than:
            yield name, path


def _write_archive(file: object, found: Sequence[tuple[str, Path]], about: dict[str, object]) -> None:
    sums = {}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=FAST) as archive:  # type: ignore[call-overload]
        for name, path in found:
            sums[name] = _add(archive, name, path)
        archive.writestr(MANIFEST, json.dumps({**about, "files": sums}, ensure_ascii=False, indent=1))


def _add(archive: zipfile.ZipFile, name: str, path: Path) -> dict[str, object]:
    """Put a file into the archive as it is read: the sum is that of the bytes that went in."""
    total, size = hashlib.sha256(), 0
    # By its name: to a `ZipInfo` of ours the archive's level would not apply.
    with path.open("rb") as source, archive.open(name, "w", force_zip64=True) as target:
        while block := source.read(BLOCK):
            total.update(block)
            size += len(block)
            target.write(block)
    return {"bytes": size, "sha256": total.hexdigest()}


# --- every week ----------------------------------------------------------------------------------------------------


def back_up_weekly(home: Home, config: Config, store: Store, now: datetime, *, anew: bool = False) -> Path | None:
    """Keep a backup of this ISO week in ``data/backups/``, and of the weeks before what `find_superfluous` leaves.

    One that is there already is made again if ``anew``: after mails went out, so that a restored home knows of them. A
    backup that cannot be made is logged, and fails nothing else.
    """
    target = home.data / BACKUPS / WEEKLY.format(week=iso_week(now, config.organisation.zone))
    if target.exists() and not anew:
        return None
    try:
        target.parent.mkdir(exist_ok=True)
        write_backup(home, store, target, now)
        for name in find_superfluous([path.name for path in target.parent.glob("weekly-*.zip")]):
            (target.parent / name).unlink()
    except (BackupError, StoreError, OSError) as error:
        logger.warning("this week's backup: %s", error)
        return None
    return target


def find_superfluous(names: Sequence[str]) -> list[str]:
    """Which weekly backups may go: all but the last four, and but the first of each of the last six months."""
    weeks = sorted((name for name in names if A_WEEKS.fullmatch(name)), reverse=True)
    firsts = {_month(name): name for name in weeks}  # the earliest one comes last, and stays
    months = sorted(firsts, reverse=True)[:KEPT_MONTHS]
    return sorted(set(weeks) - set(weeks[:KEPT_WEEKS]) - {firsts[month] for month in months})


def _month(name: str) -> tuple[int, int]:
    """The month that the Thursday of a backup's week is in."""
    year, week = int(name[7:11]), int(name[13:15])
    thursday = date.fromisocalendar(year, min(week, 52), 4)
    return thursday.year, thursday.month

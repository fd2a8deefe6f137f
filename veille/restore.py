"""A home from its backup: checked whole before anything is touched, then put in its place in one go.

What was sent or left since the backup is taken over from the store that goes, where it can still be read: a digest
that somebody has had is not sent again, and who left gets nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from veille.backup import KEY_NAME, MANIFEST, STORE_NAME, BackupError, is_ours
from veille.home import Home, check_plain, hold_home
from veille.placing import place, stage
from veille.store import StoreError, open_store
from veille.store.backups import BACKUPS, BLOCK, read_sum, sum_file, sync
from veille.store.carrying import Carried
from veille.store.opening import load_carried, probe_store

LARGEST_MANIFEST = 64 << 20
MOST_FILES = 1_000_000
LEFT_FREE = 64 << 20
KEPT_REPLACED = 2
DAMAGED = (
    zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RecursionError, RuntimeError, ValueError, KeyError,
    TypeError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did."""

    made_at: datetime | None  # the backup
    files: int
    format: int | None
    sent_since: tuple[str, ...]  # digests that were sent after the backup: known to the restored store too
    not_carried: str | None  # why nothing could be taken over from the store before
    replaced: Path | None  # where that lies what was there before


@dataclass(frozen=True, slots=True)
class _Unpacked:
    names: tuple[str, ...]
    made_at: datetime | None


def restore_home(home: Home, file: Path, *, force: bool = False) -> Restored:
    """Put the home into the state of a backup, and publish.

    ``file`` is what `veille backup` wrote, or a copy of the store that was made before a migration. Files of the home
    that are not in it stay. Raises `BackupError` for one that is not whole, or where a home has a store and ``force``
    is not given; the home is then as it was. Raises `veille.home.HomeHeldError`.
    """
    with hold_home(home):
        if (home.path / STORE_NAME).exists() and not force:
            raise BackupError(f"{home.path} has a store: give --force to replace it, or another folder with --home")
        staged = stage(home.path)
        try:
            restored = _restore(home, file, staged)
        except BaseException:
            shutil.rmtree(staged.parent, ignore_errors=True)
            raise
        if (home.path / STORE_NAME).exists():
            with open_store(home.data) as store:
                store.publish()
    return restored


def _restore(home: Home, file: Path, staged: Path) -> Restored:
    try:
        check_plain(file)
        unpacked = unpack(file, staged)
        version, sent_since, problem = _prepare_store(home, staged)
        names = _find_changed(home, staged, unpacked.names, sent_since)
        aside = home.data / BACKUPS / f"replaced-{datetime.now(UTC):%Y%m%d-%H%M%S}"
        _drop_replaced(aside.parent)
        place(home.path, names, aside)
    except OSError as error:
        raise BackupError(f"{file}: not restored: {error.strerror or error} ({error.filename or home.path})") from error
    replaced = aside if aside.exists() else None
    return Restored(unpacked.made_at, len(unpacked.names), version, tuple(sent_since), problem, replaced)


# --- out of the file -----------------------------------------------------------------------------------------------


def unpack(file: Path, target: Path) -> _Unpacked:
    """Unpack a backup into an empty folder, every file against its sum. Raises `BackupError`, and OSError."""
    if file.suffix == ".duckdb":
        return _unpack_copy(file, target)
    try:
        with zipfile.ZipFile(file) as archive:
            manifest = _read_manifest(archive)
            sums = _check_names(archive, manifest["files"])
            _check_room(sums, target)
            for name, stated in sums.items():
                with archive.open(name) as source:
                    _unpack_one(source, target / name, stated)
            return _Unpacked(tuple(sums), datetime.fromisoformat(manifest["made_at"]))
    except DAMAGED as error:
        raise BackupError(f"{file}: not a whole backup of veille ({error}); take another one") from error


def _unpack_copy(file: Path, target: Path) -> _Unpacked:
    stated = read_sum(file)
    if stated is None:
        raise BackupError(f"{file}: its sum is missing, {file.name}.sha256 beside it: take another backup")
    with file.open("rb") as source:
        size = os.fstat(source.fileno()).st_size
        _check_room({STORE_NAME: {"bytes": size}}, target)
        try:
            _unpack_one(source, target / STORE_NAME, {"bytes": size, "sha256": stated})
        except ValueError as error:
            raise BackupError(f"{file}: not what was backed up ({error}); take another one") from error
    return _Unpacked((STORE_NAME,), None)


def _read_manifest(archive: zipfile.ZipFile) -> Mapping[str, Any]:
    with archive.open(MANIFEST) as file:
        body = file.read(LARGEST_MANIFEST + 1)
    if len(body) > LARGEST_MANIFEST:
        raise ValueError("its manifest is too long")
    manifest = json.loads(body)
    if not isinstance(manifest, dict) or not isinstance(manifest["files"], dict):
        raise ValueError("its manifest is none of ours")
    return manifest


def _check_names(archive: zipfile.ZipFile, files: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Mapping[str, Any]]:
    names = [info.filename for info in archive.infolist()]
    if len(names) > MOST_FILES or len(names) != len(set(names)) or {*names} != {*files, MANIFEST}:
        raise ValueError("it does not hold what its manifest says")
    if strange := next((name for name in files if not is_ours(name)), None):
        raise ValueError(f"{strange[:200]!r} has no place in a home")
    return files


def _check_room(files: Mapping[str, Mapping[str, Any]], target: Path) -> None:
    needed, free = sum(int(stated["bytes"]) for stated in files.values()), shutil.disk_usage(target).free
    if needed + LEFT_FREE > free:
        raise BackupError(f"{needed:,} bytes to unpack, but {free:,} are free on the disk of {target}: make room")


def _unpack_one(source: Any, target: Path, stated: Mapping[str, Any]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    total, left = hashlib.sha256(), int(stated["bytes"])
    mode = 0o600 if target.as_posix().endswith(KEY_NAME) else 0o666
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        while block := source.read(BLOCK):
            left -= len(block)
            if left < 0:
                raise ValueError(f"{target.name} is longer than its manifest says")
            total.update(block)
            file.write(block)
        _flush(file)
    if left or total.hexdigest() != stated["sha256"]:
        raise ValueError(f"the sum of {target.name} is another one")


def _flush(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


# --- into the home -------------------------------------------------------------------------------------------------


def _prepare_store(home: Home, staged: Path) -> tuple[int | None, list[str], str | None]:
    """Check the unpacked store, bring it up to date, and tell it what was sent since. Its format, and what was told."""
    if not (staged / STORE_NAME).exists():
        return None, [], None
    try:
        probe_store(staged / STORE_NAME)
        carried, problem = _load_carried(home)
        with open_store((staged / STORE_NAME).parent) as store:
            sent_since = store.save_carried(carried) if carried else []
            version = store.version
        sync(staged / STORE_NAME)
    except StoreError as error:
        raise BackupError(f"The store in the backup cannot be used: {error}") from error
    return version, sent_since, problem


def _load_carried(home: Home) -> tuple[Carried | None, str | None]:
    if not (home.path / STORE_NAME).exists():
        return None, None
    try:
        return load_carried(home.data), None
    except StoreError as error:
        return None, str(error)


def _find_changed(home: Home, staged: Path, names: Sequence[str], sent: Sequence[str]) -> list[str]:
    """The names that are to be placed: what is there already with the same bytes stays, and so do issues sent since."""
    return [
        name
        for name in names
        if not (name.startswith("reports/") and _is_sent(name, sent) and (home.path / name).exists())
        and not _is_same(home.path / name, staged / name)
    ]


def _is_sent(name: str, sent: Sequence[str]) -> bool:
    _, week, *rest = name.split("/")
    return len(rest) > 1 and f"{rest[0]}-{week}" in sent


def _is_same(one: Path, other: Path) -> bool:
    same_size = one.is_file() and one.stat().st_size == other.stat().st_size
    return same_size and sum_file(one) == sum_file(other)


def _drop_replaced(folder: Path) -> None:
    """Of what earlier restores replaced, the newest stays."""
    for old in sorted(folder.glob("replaced-*"))[: -(KEPT_REPLACED - 1)]:
        shutil.rmtree(old)

"""Backups: whole, checked before anything is touched, and nobody gets a digest twice because of one."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.loopback import build_rss, open_web, write_home
from tests.smtp import Accepted, Clerk, open_clerk
from veille import placing
from veille.backup import MANIFEST, find_superfluous, is_ours
from veille.cli import run_command
from veille.home import Home, hold_home
from veille.ratings import queue_leave
from veille.store import StoreError, open_store
from veille.store.backups import find_backups
from veille.store.migrations import create_tables

MONDAY, NEXT_MONDAY = "2026-03-02T07:00+01:00", "2026-03-09T07:00+01:00"
QUALIOPI = ("q1", "Qualiopi : le guide de lecture change", "Les organismes certifiés Qualiopi ont six mois.")
CPF = ("c1", "CPF : le reste à charge augmente", "Le décret sur le compte personnel de formation est paru.")


@dataclass
class Prepared:
    """A home that collected one story and mailed it, its backup, and what the mail server accepted until then."""

    home: Path
    archive: Path
    clerk: Clerk


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prepared]:
    folder = tmp_path_factory.mktemp("backup")
    with open_clerk() as (clerk, port), open_web() as web:
        web.pages["/a"] = build_rss(QUALIOPI)
        write_home(folder / "home", web, ["/a"], smtp_port=port)
        run(folder / "home", "collect", "--no-embed")
        run(folder / "home", "digest", "--send")
        run(folder / "home", "backup", str(folder / "b.zip"))
        web.pages["/a"] = build_rss(QUALIOPI, CPF)
        yield Prepared(folder / "home", folder / "b.zip", clerk)


@pytest.fixture
def home(prepared: Prepared, tmp_path: Path) -> Path:
    """A copy of the prepared home; the backup beside it, as ``b.zip``, is of the same state."""
    prepared.clerk.accepted.clear()
    shutil.copytree(prepared.home, tmp_path / "home")
    shutil.copy2(prepared.archive, tmp_path / "b.zip")
    return tmp_path / "home"


@pytest.fixture
def accepted(prepared: Prepared) -> list[Accepted]:
    """What was mailed since the backup."""
    return prepared.clerk.accepted


def run(home: Path, *arguments: str, now: str = MONDAY, code: int = 0) -> None:
    assert run_command(["--home", str(home), "--now", now, "-q", *arguments]) == code


def is_passing(name: str) -> bool:
    """What says how the last runs ended, and is in no backup."""
    return name in ("run.lock", "organisation.kept.yaml") or name.startswith("failing-")


def read_home(home: Path) -> dict[str, bytes]:
    """Every file of a home's state, with its bytes; of the store, its rows."""
    files = {
        path.relative_to(home).as_posix(): path.read_bytes()
        for path in sorted(home.rglob("*"))
        if path.is_file() and "backups" not in path.parts and path.suffix != ".duckdb" and not is_passing(path.name)
    }
    with duckdb.connect(str(home / "data" / "veille.duckdb"), read_only=True) as published:
        for view in ("items", "stories", "digests", "digest_entries", "deliveries", "runs"):
            files[view] = repr(sorted(map(repr, published.execute(f"SELECT * FROM {view}").fetchall()))).encode()
    return files


def rewrite(archive: Path, changed: dict[str, bytes | None]) -> None:
    """The same archive with other bytes for some names, or without them; its manifest as given or as it was."""
    with zipfile.ZipFile(archive) as old:
        bodies = {name: old.read(name) for name in old.namelist()} | changed
    with zipfile.ZipFile(archive, "w") as new:
        for name, body in bodies.items():
            if body is not None:
                new.writestr(name, body)


@pytest.mark.parametrize("name", ["organisation.yaml", "data/store.duckdb", "reports", "pipe", "letter.odt"])
def test_a_backup_takes_no_other_files_place(name: str, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A mistaken name costs neither a file, nor a folder, nor a device; another backup is replaced."""
    os.mkfifo(home / "pipe")
    with zipfile.ZipFile(home / "letter.odt", "w") as letter:  # as is most of what an office writes
        letter.writestr("content.xml", "<text/>")
    before = read_home(home)
    run(home, "backup", str(home / name), code=1)
    assert "name another file" in capsys.readouterr().err
    assert read_home(home) == before
    for _ in range(2):
        run(home, "backup", str(home / "mine.zip"))


@pytest.mark.parametrize("body", [b"[" * 99_999, b"null", b"{", b'{"names": 1}'])
def test_a_restores_plan_that_is_none_is_told(body: bytes, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What lies where a stopped restore leaves its files, and is not its, is left to a person."""
    (home / "data" / "restore.new" / "home").mkdir(parents=True)
    (home / "data" / "restore.new" / "plan.json").write_bytes(body)
    run(home, "digest", code=1)
    assert "plan.json: Not what a restore leaves" in capsys.readouterr().err


def test_a_pipe_is_no_backup(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It would be waited for for ever."""
    os.mkfifo(home / "pipe.zip")
    run(home, "restore", str(home / "pipe.zip"), "--force", code=1)
    assert "pipe.zip: not restored: Not a file" in capsys.readouterr().err


def test_a_link_in_a_restores_place_is_not_followed(home: Path, tmp_path: Path) -> None:
    """Nothing behind it is removed."""
    (tmp_path / "theirs").mkdir()
    (home / "data" / "restore.new").symlink_to(tmp_path / "theirs")
    run(home, "digest", code=1)
    assert (tmp_path / "theirs").is_dir()


def test_backups_with_odd_names_are_nobodys_business(home: Path) -> None:
    """What looks like a week's backup and cannot be one is left alone."""
    names = ("weekly-2026-W00.zip", "weekly-0000-W01.zip", "weekly-2026-W77.zip")
    for name in names:
        (home / "data" / "backups" / name).write_bytes(b"x")
    run(home, "digest", "--send", now="2026-03-23T07:00+01:00")
    assert all((home / "data" / "backups" / name).exists() for name in names)


def test_a_home_comes_back_as_it_was_in_another_place(home: Path, tmp_path: Path) -> None:
    """Configuration, store, issues, key and waiting votes; `.env` and Prefect's state are not in it."""
    (home / ".env").write_text("VEILLE_SMTP_PASSWORD=secret\n")
    (home / "data" / "prefect").mkdir()
    (home / "data" / "prefect" / "prefect.db").write_bytes(b"x")
    queue_leave(Home(home), "hebdo", "a@example.org", datetime(2026, 3, 3, tzinfo=UTC))
    before = read_home(home)
    run(home, "backup", str(tmp_path / "b.zip"))
    run(tmp_path / "other", "restore", str(tmp_path / "b.zip"))
    after = read_home(tmp_path / "other")
    left_out = {".env", "data/prefect/prefect.db"}
    assert after == {name: body for name, body in before.items() if name not in left_out}
    assert (tmp_path / "other" / "data" / "signing.key").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "b.zip").stat().st_mode & 0o777 == 0o600
    assert b"secret" not in (tmp_path / "b.zip").read_bytes()


def test_what_was_sent_before_the_backup_is_not_sent_again(
    home: Path, tmp_path: Path, accepted: list[Accepted]
) -> None:
    """The ledger is in the store, and the store in the backup."""
    run(tmp_path / "other", "restore", str(tmp_path / "b.zip"))
    run(tmp_path / "other", "digest", "--send")
    assert home.exists()
    assert accepted == []


def test_what_was_sent_after_the_backup_is_not_sent_again(
    home: Path, tmp_path: Path, accepted: list[Accepted], capsys: pytest.CaptureFixture[str]
) -> None:
    """The store that is replaced tells what it sent since; those issues stay as they were sent, and nothing is lost."""
    run(home, "collect", "--no-embed", now=NEXT_MONDAY)
    run(home, "digest", "--send", now=NEXT_MONDAY)
    issue = home / "reports" / "2026-W11" / "hebdo" / "digest.html"
    sent = issue.read_bytes()
    run(home, "restore", str(tmp_path / "b.zip"), "--force")
    assert "hebdo-2026-W11" in capsys.readouterr().out
    run(home, "collect", "--no-embed", now=NEXT_MONDAY)
    run(home, "digest", "--send", now=NEXT_MONDAY)
    assert len(accepted) == 1
    assert issue.read_bytes() == sent
    run(home, "digest", "--send", now="2026-03-16T07:00+01:00")
    later = json.loads((home / "reports" / "2026-W12" / "hebdo" / "digest.json").read_bytes())
    assert not any(section["entries"] for section in later["sections"])


def test_who_left_after_the_backup_stays_away(home: Path, tmp_path: Path) -> None:
    """A restore takes nobody's wish to leave back."""
    with hold_home(Home(home)), open_store(home / "data") as store:
        store.save_suppression("hebdo", "a@example.org", "left", datetime(2026, 3, 3, tzinfo=UTC))
    run(home, "restore", str(tmp_path / "b.zip"), "--force")
    with open_store(home / "data") as store:
        assert [*store.load_suppressed("hebdo")] == ["a@example.org"]


def test_a_home_with_a_store_is_not_overwritten_unasked(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without --force nothing is touched; with it, what was there is kept aside."""
    (home / "sources.yaml").write_text("sources: []\n")
    before = read_home(home)
    run(home, "restore", str(tmp_path / "b.zip"), code=1)
    assert "--force" in capsys.readouterr().err
    assert read_home(home) == before
    run(home, "restore", str(tmp_path / "b.zip"), "--force")
    assert (home / "sources.yaml").read_text() != "sources: []\n"
    (aside,) = (home / "data" / "backups").glob("replaced-*")
    assert (aside / "sources.yaml").read_text() == "sources: []\n"


def test_a_held_home_is_neither_copied_nor_replaced(home: Path, tmp_path: Path) -> None:
    """Both take the lock that every run takes."""
    with hold_home(Home(home)):
        run(home, "backup", str(tmp_path / "b.zip"), code=3)
        run(home, "restore", str(tmp_path / "b.zip"), "--force", code=3)


def damage_in_the_middle(archive: Path) -> None:
    body = bytearray(archive.read_bytes())
    body[len(body) // 2] ^= 0xFF
    archive.write_bytes(body)


def cut(archive: Path) -> None:
    archive.write_bytes(archive.read_bytes()[:-1000])


def manifest_of(archive: Path) -> Any:
    with zipfile.ZipFile(archive) as opened:
        return json.loads(opened.read(MANIFEST))


def edit(archive: Path) -> None:
    rewrite(archive, {"sources.yaml": b"sources: []\n"})


def take_out(archive: Path) -> None:
    rewrite(archive, {"sources.yaml": None})


def add(name: str) -> Callable[[Path], None]:
    def change(archive: Path) -> None:
        manifest = manifest_of(archive)
        manifest["files"][name] = manifest["files"]["sources.yaml"]
        with zipfile.ZipFile(archive) as opened:
            body = opened.read("sources.yaml")
        rewrite(archive, {name: body, MANIFEST: json.dumps(manifest).encode()})

    return change


def claim_much(archive: Path) -> None:
    manifest = manifest_of(archive)
    manifest["files"]["sources.yaml"]["bytes"] = 1 << 60
    rewrite(archive, {MANIFEST: json.dumps(manifest).encode()})


def claim_little(archive: Path) -> None:
    manifest = manifest_of(archive)
    manifest["files"]["data/store.duckdb"]["bytes"] = 10
    rewrite(archive, {MANIFEST: json.dumps(manifest).encode()})


def put_rubbish(archive: Path) -> None:
    rewrite(archive, {MANIFEST: b"[1, 2]"})


def be_no_archive(archive: Path) -> None:
    archive.write_bytes(b"not at all")


def be_gone(archive: Path) -> None:
    archive.unlink()


@pytest.mark.parametrize(
    "change",
    [damage_in_the_middle, cut, edit, take_out, claim_much, claim_little, put_rubbish, be_no_archive, be_gone,
     add("../outside"), add("/tmp/outside"), add("reports/../../outside"), add(".env"), add("data/run.lock"),
     add("data/prefect/prefect.db"), add("reports/a\\..\\b")],
)  # fmt: skip
def test_a_backup_that_is_not_whole_changes_nothing(
    change: Callable[[Path], None], home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every sum, name and size is checked before anything is touched."""
    archive = tmp_path / "b.zip"
    change(archive)
    before = read_home(home)
    run(home, "restore", str(archive), "--force", code=1)
    assert "b.zip" in capsys.readouterr().err or change is claim_much
    assert read_home(home) == before
    assert not (home / "data" / placing.STAGING).exists()
    assert not list(tmp_path.glob("**/outside"))


def test_a_link_in_a_backup_is_not_followed_and_not_made(home: Path, tmp_path: Path) -> None:
    """What an archive calls a link becomes a file; what is a link in the home is not backed up."""
    (home / "reports" / "link").symlink_to("/etc/passwd")
    run(home, "backup", str(tmp_path / "b.zip"))
    assert "reports/link" not in manifest_of(tmp_path / "b.zip")["files"]


def test_a_backup_that_cannot_be_written_says_so(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And leaves neither half a file nor a copy of the store behind."""
    run(home, "backup", str(tmp_path / "nowhere" / "b.zip"), code=1)
    assert "nowhere" in capsys.readouterr().err
    run(tmp_path / "empty", "backup", str(tmp_path / "c.zip"), code=1)
    assert not (tmp_path / "c.zip").exists()
    assert not (home / "data" / "store.copy").exists()


def test_a_store_of_a_newer_version_is_not_restored(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What this program could not read would not help."""
    with open_store(home / "data") as store:
        store._execute("INSERT INTO kept.migrations VALUES (99, 'later')")
        store.copy_to(tmp_path / "copy")
    rewrite_store(tmp_path / "b.zip", (tmp_path / "copy").read_bytes())
    run(tmp_path / "other", "restore", str(tmp_path / "b.zip"), code=1)
    assert "newer veille" in capsys.readouterr().err
    assert not (tmp_path / "other" / "data" / "store.duckdb").exists()


def rewrite_store(archive: Path, body: bytes) -> None:
    manifest = manifest_of(archive)
    manifest["files"]["data/store.duckdb"] = {"bytes": len(body), "sha256": hashlib.sha256(body).hexdigest()}
    rewrite(archive, {"data/store.duckdb": body, MANIFEST: json.dumps(manifest).encode()})


@pytest.mark.parametrize(
    "name", ["organisation.yaml", "data/store.duckdb", "data/votes/a.json", "reports/2026-W10/x/a.b"]
)
def test_names_of_a_home(name: str) -> None:
    """What a backup holds."""
    assert is_ours(name)


STOP = """
import os, sys
from pathlib import Path
real, left = os.replace, [int(sys.argv[3])]
def replace(*paths):
    real(*paths)
    left[0] -= 1
    if left[0] == 0:
        os.kill(os.getpid(), 9)
os.replace = replace
from veille.cli import run_command
run_command(["--home", sys.argv[1], "restore", sys.argv[2], "--force"])
"""


def test_a_restore_that_dies_in_the_middle_is_brought_to_its_end(home: Path, tmp_path: Path) -> None:
    """Whoever next holds the home finds it restored whole, also when the machine stopped between two moves."""
    (home / "sources.yaml").write_text((home / "sources.yaml").read_text() + "# as backed up\n")
    run(home, "backup", str(tmp_path / "b.zip"))
    expected = read_home(home)
    for moves in (1, 2, 4):
        (home / "sources.yaml").write_text("sources: []\n")
        (home / "organisation.yaml").write_text("broken")
        died = subprocess.run([sys.executable, "-c", STOP, str(home), str(tmp_path / "b.zip"), str(moves)], check=False)
        assert died.returncode == -9
        with hold_home(Home(home)), open_store(home / "data") as store:
            store.publish()
        assert read_home(home) == expected


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_restore_that_cannot_write_leaves_the_old_home(home: Path, tmp_path: Path) -> None:
    """What was moved already is moved back."""
    (home / "sources.yaml").write_text("sources: []\n")
    home.chmod(0o500)
    try:
        run(home, "restore", str(tmp_path / "b.zip"), "--force", code=1)
        assert (home / "sources.yaml").read_text() == "sources: []\n"
    finally:
        home.chmod(0o700)


def test_a_move_that_fails_is_undone(tmp_path: Path) -> None:
    """Placing is all or nothing: a folder in the way of a file ends it with the home as it was."""
    staged = placing.stage(tmp_path)
    for name in ("a", "b", "c/d"):
        (staged / name).parent.mkdir(exist_ok=True)
        (staged / name).write_text(f"new {name}")
    (tmp_path / "a").write_text("old a")
    (tmp_path / "c").write_text("a file where a folder is needed")
    with pytest.raises(OSError, match="c"):
        placing.place(tmp_path, ["a", "b", "c/d"], tmp_path / "data" / "aside")
    assert (tmp_path / "a").read_text() == "old a"
    assert not (tmp_path / "b").exists()
    placing.finish_placing(tmp_path)
    assert (tmp_path / "a").read_text() == "old a"
    assert not (tmp_path / "b").exists()


def test_a_digest_run_keeps_a_backup_a_week(home: Path, accepted: list[Accepted]) -> None:
    """It is made after the mails, so that it knows of them, and once a week."""
    (weekly,) = (home / "data" / "backups").glob("weekly-*.zip")
    assert weekly.name == "weekly-2026-W10.zip"
    made = weekly.stat().st_mtime_ns
    run(home, "digest", "--send")
    assert weekly.stat().st_mtime_ns == made
    (home / "data" / "store.duckdb").unlink()
    run(home, "restore", str(weekly))
    run(home, "digest", "--send")
    assert accepted == []


def test_four_weeks_and_six_months_are_kept() -> None:
    """The last four weekly backups, and the first of each of the last six months."""
    weeks = [f"weekly-2025-W{week:02}.zip" for week in range(1, 53)]
    kept = sorted(set(weeks) - set(find_superfluous([*weeks, "mine.zip"])))
    assert [name[12:15] for name in kept] == ["W27", "W32", "W36", "W40", "W45", "W49", "W50", "W51", "W52"]


def make_old_store(data: Path) -> None:
    """A store as the first version wrote it."""
    path = data / "store.duckdb"
    path.unlink()
    with duckdb.connect(str(path)) as old:
        old.execute("CREATE SCHEMA kept; CREATE TABLE kept.migrations (number INTEGER, name VARCHAR)")
        old.execute("CREATE TABLE kept.views (digest VARCHAR)")
        create_tables(old)
        old.execute("INSERT INTO kept.migrations VALUES (1, 'create_tables')")


def test_a_store_is_copied_before_it_is_brought_up_to_date(home: Path) -> None:
    """The copy has the old format, its sum beside it, and can be restored; without a right sum it cannot."""
    make_old_store(home / "data")
    with open_store(home / "data") as store:
        assert store.load_suppressed("hebdo") == {}
    (copy,) = (home / "data" / "backups").glob("store-format-1-*.duckdb")
    with duckdb.connect(str(copy), read_only=True) as old:
        assert old.execute("SELECT max(number) FROM kept.migrations").fetchall() == [(1,)]
    run(home, "restore", str(copy), "--force")
    copy.write_bytes(copy.read_bytes()[:-1])
    run(home, "restore", str(copy), "--force", code=1)
    copy.with_name(copy.name + ".sha256").unlink()
    run(home, "restore", str(copy), "--force", code=1)


@pytest.mark.parametrize("content", [b"junk" * 5000, b""])
def test_a_store_that_cannot_be_used_names_the_newest_backup(
    home: Path, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    """The error has the command to type, and that command mends it."""
    store = home / "data" / "store.duckdb"
    store.write_bytes(content)
    run(home, "collect", "--no-embed", code=1)
    newest = find_backups(home / "data")[0]
    assert f"restore {newest} --force" in capsys.readouterr().err
    assert store.read_bytes() == content
    run(home, "restore", str(newest), "--force")
    run(home, "collect", "--no-embed")


def test_a_damaged_block_is_told_as_such(home: Path) -> None:
    """Damage that only shows when a block is read names the backup too."""
    path = home / "data" / "store.duckdb"
    body = bytearray(path.read_bytes())
    body[20_000:] = b"\xa5" * (len(body) - 20_000)
    path.write_bytes(body)
    with pytest.raises(StoreError, match=r"restore .*weekly-2026-W10\.zip --force"), open_store(home / "data") as store:
        store.load_items()

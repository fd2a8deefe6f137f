"""`veille demo`, as a person runs it: the whole pipeline under Prefect, with the real model."""

from __future__ import annotations

import json
from collections import Counter
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest

from veille.cli import run_command

pytestmark = pytest.mark.prefect


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    assert run_command(["--home", str(folder), "-q", "--json", "demo"]) == 0
    return folder


@pytest.fixture
def rows(home: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    def ask(query: str) -> list[dict[str, Any]]:
        capsys.readouterr()
        assert run_command(["--home", str(home), "sql", query, "--format", "json"]) == 0
        found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
        return found

    return ask


def test_each_week_has_its_digests_and_each_recipient_one_mail_a_digest(home: Path, rows: Any) -> None:
    """Five Mondays, two audiences; every delivery was sent, and the mailbox holds each message once."""
    assert len(rows("SELECT * FROM digests")) == 10
    deliveries = rows("SELECT * FROM deliveries")
    assert {row["status"] for row in deliveries} == {"sent"}
    caught = [message_from_bytes(path.read_bytes()) for path in (home / "data" / "mailbox").glob("*.eml")]
    assert Counter(mail["Message-ID"] for mail in caught) == Counter(row["message_id"] for row in deliveries)


def test_nothing_is_shown_twice_to_an_audience(rows: Any) -> None:
    """Neither a story nor an address comes back in a later issue, but what was cancelled, moved or retracted since."""
    again = rows("""
        WITH overturned AS (
            SELECT DISTINCT story_id FROM items
            WHERE (details->>'status') IN ('cancelled', 'moved') OR (details->>'is_retracted')::BOOLEAN)
        SELECT audience, canonical_url, bool_or(story_id IN (FROM overturned)) AS is_overturned
        FROM digest_entries JOIN digests USING (digest_id)
        JOIN story_items USING (story_id) JOIN items USING (item_id, story_id)
        GROUP BY ALL HAVING count(DISTINCT digest_id) > 1""")
    assert all(row["is_overturned"] for row in again)


def test_one_story_is_told_in_two_languages(rows: Any) -> None:
    """The translation and the original are one story."""
    assert rows("SELECT 1 FROM stories WHERE list_contains(languages, 'fr') AND list_contains(languages, 'en')")


def test_noise_and_archives_stay_out_of_the_digests(rows: Any) -> None:
    """What no topic wants, and what is years old, is kept but not shown."""
    shown = """SELECT i.source_id, i.published_at FROM digest_entries JOIN story_items USING (story_id)
               JOIN items i USING (item_id)"""
    assert not [row for row in rows(shown) if row["source_id"] in ("actu-techno", "everyday-living")]
    assert not rows(f"SELECT * FROM ({shown}) WHERE published_at < TIMESTAMPTZ '2025-01-01'")


def test_the_trouble_of_the_sample_web_is_told(rows: Any) -> None:
    """The dead source fails, the one that is gone is gone, and the one that moved is read where it moved to."""
    states = {row["source_id"]: row["state"] for row in rows("SELECT source_id, state FROM sources")}
    assert (states["ancien-blog"], states["edtech-hebdo"], states["pedagogie-montfaure"]) == ("failing", "gone", "ok")


def test_the_demo_leaves_a_folder_that_is_not_its_own_alone(tmp_path: Path) -> None:
    """A folder with anything else in it is named, not emptied."""
    (tmp_path / "thesis.txt").write_text("years of work")
    assert run_command(["--home", str(tmp_path), "demo"]) == 1
    assert (tmp_path / "thesis.txt").exists()

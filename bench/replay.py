"""Lives through recorded weeks, day by day, with the real commands, and checks what must hold.

    .venv/bin/python bench/replay.py REPLAY_FOLDER HOME --from 2026-03-02 --to 2026-04-27

REPLAY_FOLDER has `replay.py` (serves recorded feeds as they stood on a day) and `home/`; HOME is made from it, with the
mail going to a loopback catcher. Collects every day at six, digests every Monday at seven, Paris time. Prints a table a
week and then what held: every entry that was served on a visited day is stored, no story and no address is shown twice
to an audience, a second build gives the same bytes, a second send mails nobody.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen
from zoneinfo import ZoneInfo

import feedparser
import yaml

from veille.demo.mailbox import open_mailbox

ZONE = ZoneInfo("Europe/Paris")


def veille(home: Path, *arguments: str, now: datetime) -> Any:
    command = [Path(sys.executable).with_name("veille"), "--home", home, "--json", "-q", "--now", now.isoformat()]
    done = subprocess.run([*map(str, command), *arguments], capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1) or not done.stdout:
        raise SystemExit(f"veille {' '.join(arguments)} left with {done.returncode}:\n{done.stderr}")
    return json.loads(done.stdout)


def make_home(replay: Path, home: Path, port: int, smtp_port: int) -> list[dict[str, Any]]:
    """A copy of the replay's home with these ports; its enabled feeds."""
    home.mkdir(parents=True)
    for name in ("organisation.yaml", "sources.yaml"):
        text = (replay / "home" / name).read_text("utf-8").replace("127.0.0.1:8765", f"127.0.0.1:{port}")
        (home / name).write_text(text.replace("port: 2525", f"port: {smtp_port}"), "utf-8")
    sources = yaml.safe_load((home / "sources.yaml").read_text("utf-8"))["sources"]
    return [source for source in sources if source["kind"] == "rss"]


def served(sources: Sequence[dict[str, Any]]) -> set[tuple[str, str]]:
    """(source, guid) of every entry that is served now, read without veille."""
    found = set()
    for source in sources:
        try:
            body = urlopen(source["url"]).read()
        except OSError:
            continue
        found |= {
            (source["id"], (entry.get("id") or entry.get("link", "")).strip())
            for entry in feedparser.parse(body).entries
        }
    return found


def move(port: int, day: date) -> None:
    urlopen(Request(f"http://127.0.0.1:{port}/__date/{day}", method="POST")).read()


def digest_folder(home: Path) -> str:
    parts = sorted(path for path in (home / "reports").rglob("digest.*"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in parts)).hexdigest()


def live(replay: Path, home: Path, first: date, last: date, port: int) -> None:
    with open_mailbox(home.with_name(home.name + "-mail")) as mailbox:
        sources = make_home(replay, home, port, mailbox.port)
        seen: set[tuple[str, str]] = set()
        seconds: dict[str, list[float]] = {"collect": [], "digest": []}
        new = Counter[str]()
        print("week      items stories  " + "  entries a digest")
        for offset in range((last - first).days + 1):
            day = first + timedelta(days=offset)
            move(port, day)
            seen |= served(sources)
            started = time.perf_counter()
            told = veille(home, "collect", now=datetime(day.year, day.month, day.day, 6, tzinfo=ZONE))
            seconds["collect"].append(time.perf_counter() - started)
            new += Counter(items=told["items_new"], stories=told["stories_new"])
            if day.weekday() == 0:
                now = datetime(day.year, day.month, day.day, 7, tzinfo=ZONE)
                started = time.perf_counter()
                issues = veille(home, "digest", "--send", now=now)["digests"]
                seconds["digest"].append(time.perf_counter() - started)
                entries = "  ".join(f"{one['audience']} {one['entries']}" for one in issues)
                print(f"{issues[0]['week']} {new['items']:6} {new['stories']:7}    {entries}", flush=True)
                new.clear()
                before, sent = digest_folder(home), len(mailbox.messages)
                veille(home, "digest", "--send", now=now)
                check("a second build gives the same bytes", before == digest_folder(home))
                check("a second send mails nobody", sent == len(mailbox.messages))
        report(home, seen, seconds, len(mailbox.messages))


def check(rule: str, holds: bool) -> None:
    if not holds:
        print(f"BROKEN: {rule}", flush=True)


def report(home: Path, seen: set[tuple[str, str]], seconds: dict[str, list[float]], messages: int) -> None:
    now = datetime.now(ZONE)
    items = veille(home, "sql", "SELECT source_id, guid FROM items", now=now)
    stored = {(row["source_id"], row["guid"]) for row in items}
    lost = sorted(seen - stored)
    print(f"{len(seen)} entries were served, {len(stored)} items are stored, {len(lost)} of those served are not:")
    for source, guid in lost[:10]:
        print(f"  {source}: {guid}")
    for what, query in {
        "items stored twice": "SELECT source_id, guid FROM items GROUP BY ALL HAVING count(*) > 1",
        "stories shown twice to an audience": """
            SELECT audience, story_id FROM digest_entries JOIN digests USING (digest_id)
            GROUP BY ALL HAVING count(*) > 1""",
        "addresses shown twice to an audience": """
            SELECT audience, canonical_url FROM digest_entries JOIN digests USING (digest_id)
            JOIN story_items USING (story_id) JOIN items USING (item_id)
            GROUP BY ALL HAVING count(DISTINCT digest_id) > 1""",
        "messages sent twice": "SELECT message_id FROM deliveries GROUP BY ALL HAVING count(*) > 1",
    }.items():
        print(f"{what}: {len(veille(home, 'sql', query, now=now))}")
    print(f"messages caught: {messages}")
    for command, times in seconds.items():
        times.sort()
        print(f"{command}: median {times[len(times) // 2]:.1f} s, longest {times[-1]:.1f} s, {len(times)} runs")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("replay", type=Path)
    parser.add_argument("home", type=Path)
    parser.add_argument("--from", dest="first", type=date.fromisoformat, default=date(2026, 3, 2))
    parser.add_argument("--to", dest="last", type=date.fromisoformat, default=date(2026, 4, 27))
    parser.add_argument("--port", type=int, default=8766)
    args = parser.parse_args()
    shutil.rmtree(args.home, ignore_errors=True)
    server = subprocess.Popen(
        [sys.executable, args.replay / "replay.py", "--port", str(args.port), "--date", str(args.first)]
    )
    try:
        time.sleep(1)
        live(args.replay, args.home, args.first, args.last, args.port)
    finally:
        server.terminate()


if __name__ == "__main__":
    main()

"""How a home has been doing: what ran when and how it ended, what waits, what is old. For monitors and the doctor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from veille.config import Config
from veille.home import Home
from veille.store import PUBLISHED, StoreError, load_rows, open_published
from veille.store.backups import find_backups
from veille.streaks import Streak, find_failing

GRACE = timedelta(hours=4)  # a scheduled run waits up to two hours for another one, and then takes its time
OLDEST_BACKUP = timedelta(days=8)
OLDEST_VOTE = timedelta(days=2)
ILL_STATES = ("failing", "gone")


@dataclass(frozen=True, slots=True)
class LastRun:
    """The last run of a kind, and how many failed up to it, one after the other."""

    started_at: datetime
    failures: int
    error: str | None


@dataclass(frozen=True, slots=True)
class Health:
    """What can be seen from outside; instants are None where there is nothing yet."""

    unreadable: str | None = None  # why the published database cannot be read
    first_run_at: datetime | None = None
    last_runs: Mapping[str, LastRun] = field(default_factory=dict)
    failing: Sequence[Streak] = ()  # also of runs that never came to open the store
    states: Mapping[str, int] = field(default_factory=dict)  # how many enabled sources are in which state
    published_at: datetime | None = None
    backup: Path | None = None
    backup_at: datetime | None = None
    votes: int = 0
    oldest_vote_at: datetime | None = None
    votes_aside: int = 0


def load_health(home: Home) -> Health:
    """Look at a home without holding it; what cannot be read is said in the value."""
    backup = next(iter(find_backups(home.data)), None)
    votes = [at for path in (home.data / "votes").glob("*.json") if (at := read_time(path))]
    outside = Health(
        failing=tuple(find_failing(home)),
        published_at=read_time(home.data / PUBLISHED),
        backup=backup,
        backup_at=read_time(backup) if backup else None,
        votes=len(votes),
        oldest_vote_at=min(votes, default=None),
        votes_aside=len([*(home.data / "votes" / "aside").glob("*")]),
    )
    try:
        with open_published(home.data) as connection:
            runs, _ = load_rows(
                connection,
                "SELECT kind, started_at, exit_code, summary->>'$.error' AS error FROM runs"
                " WHERE kind IN ('collect', 'digest') ORDER BY started_at",
            )
            states, _ = load_rows(
                connection,
                "SELECT state, count(*)::INT AS sources FROM sources WHERE state <> 'disabled' GROUP BY state",
            )
    except StoreError as error:
        return replace(outside, unreadable=str(error))
    return replace(
        outside,
        first_run_at=min((run["started_at"] for run in runs), default=None),
        last_runs=find_last_runs([(run["kind"], run["started_at"], run["exit_code"], run["error"]) for run in runs]),
        states={row["state"]: row["sources"] for row in states},
    )


def read_time(path: Path) -> datetime | None:
    """When a file was last written; None when it is not there."""
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError:
        return None


def find_last_runs(runs: Sequence[tuple[str, datetime, int, str | None]]) -> dict[str, LastRun]:
    """By kind, from (kind, started_at, exit_code, error) in the order in which they ran."""
    last: dict[str, LastRun] = {}
    for kind, started_at, exit_code, error in runs:
        before = last[kind].failures if kind in last else 0
        last[kind] = LastRun(started_at, before + 1 if exit_code else 0, error)
    return last


def find_due(cron: str, now: datetime, zone: ZoneInfo) -> datetime:
    """When a scheduled run was last due whose time to be late is over; in UTC."""
    from croniter import croniter

    due: datetime = croniter(cron, (now - GRACE).astimezone(zone)).get_prev(datetime)
    return due.astimezone(UTC)


def find_problems(health: Health, config: Config, now: datetime) -> list[tuple[str, str]]:
    """What a person should look at: what it is, and what to do. None of it when all is well."""
    if health.unreadable:
        return [(health.unreadable, "`veille doctor` says what is wrong"), *_find_failures(health)]
    return [
        *_find_late(health, config, now),
        *_find_failures(health),
        *_find_ill(health),
        *_find_unsaved(health, now),
        *_find_waiting(health, now),
    ]


def _find_late(health: Health, config: Config, now: datetime) -> Iterator[tuple[str, str]]:
    for kind, cron in (("collect", config.schedule.collect), ("digest", config.schedule.digest)):
        due = find_due(cron, now, config.organisation.zone)
        last = health.last_runs.get(kind)
        since = last.started_at if last else health.first_run_at
        if since is None or since < due:
            ran = f"last ran on {last.started_at:%Y-%m-%d %H:%M} UTC" if last else "never ran"
            yield f"{kind} {ran}, but was due at {due:%Y-%m-%d %H:%M} UTC", "is `veille serve`, or cron, running?"


def _find_failures(health: Health) -> Iterator[tuple[str, str]]:
    known = {kind: (last.failures, last.error) for kind, last in health.last_runs.items() if last.failures}
    for kind, (count, error) in (known | {one.kind: (one.count, one.error) for one in health.failing}).items():
        runs = "run" if count == 1 else f"{count} runs"
        yield f"the last {runs} of {kind} failed: {error}", f"mend it, then run `veille {kind}`"


def _find_ill(health: Health) -> Iterator[tuple[str, str]]:
    ill = sum(health.states.get(state, 0) for state in ILL_STATES)
    if 2 * ill > sum(health.states.values()):
        yield f"{ill} of {sum(health.states.values())} sources cannot be read", "`veille sources check` tries each"


def _find_unsaved(health: Health, now: datetime) -> Iterator[tuple[str, str]]:
    if "digest" not in health.last_runs:
        return
    if health.backup_at is None:
        yield "there is no backup", "`veille backup FILE` makes one; the next digest run makes one a week"
    elif now - health.backup_at > OLDEST_BACKUP:
        days = (now - health.backup_at).days
        yield f"the newest backup is {days} days old", "each week's first digest run makes one: see its log"


def _find_waiting(health: Health, now: datetime) -> Iterator[tuple[str, str]]:
    if health.oldest_vote_at and now - health.oldest_vote_at > OLDEST_VOTE:
        yield f"{health.votes} votes have waited since {health.oldest_vote_at:%Y-%m-%d}", "`veille collect` takes them"


def find_ages(health: Health, now: datetime) -> dict[str, int | None]:
    """How many seconds ago: the last collection and digest run, the published copy and the newest backup."""
    instants = {kind: last.started_at for kind, last in health.last_runs.items()}
    ages = {
        "collect_seconds": instants.get("collect"),
        "digest_seconds": instants.get("digest"),
        "published_seconds": health.published_at,
        "backup_seconds": health.backup_at,
        "oldest_vote_seconds": health.oldest_vote_at,
    }
    return {name: max(0, int((now - at).total_seconds())) if at else None for name, at in ages.items()}

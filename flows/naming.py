"""What a run is called in Prefect: the flow, the week and the home."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from prefect.runtime import flow_run

from veille.config import Config
from veille.config.files import ConfigError
from veille.digest import iso_week
from veille.home import Home, load_config


def name_run() -> str:
    """The name of the run that starts now, such as ``collect 2026-W10 · universite-exemple``."""
    parameters: dict[str, Any] = flow_run.parameters
    home = Home(Path(parameters["home"]))
    now = parameters.get("now") or datetime.now(UTC)
    try:
        config = load_config(home)
    except ConfigError:  # the run itself will fail and say so
        return f"{flow_run.flow_name} {iso_week(now, ZoneInfo('UTC'))} · {home.path.name}"
    return f"{flow_run.flow_name} {iso_week(now, config.organisation.zone)} · {label_home(config)}"


def label_home(config: Config) -> str:
    """The organisation's name in ASCII, as a slug."""
    ascii_name = unicodedata.normalize("NFKD", config.organisation.name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", ascii_name).strip("-") or "veille"

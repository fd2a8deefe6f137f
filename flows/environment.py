"""Prefect's settings for a home: its state inside the home, nothing sent to anyone, a quiet console.

Prefect reads its settings when it is imported: `prepare_prefect` comes first. It imports no Prefect itself.
"""

from __future__ import annotations

import os
from pathlib import Path

from veille.home import Home

API_URL = "PREFECT_API_URL"


def find_state(home: Home) -> Path:
    """The folder of Prefect's own state for this home."""
    return home.data / "prefect"


def prepare_prefect(home: Home) -> None:
    """Settle Prefect's settings in this process and those it starts; what the environment says already stands."""
    for name, value in build_settings(home).items():
        os.environ.setdefault(name, value)


def build_settings(home: Home) -> dict[str, str]:
    """Environment variables of prefect 3.8, by name."""
    state = find_state(home)
    return {
        "PREFECT_HOME": str(state),
        # No telemetry: the SDK's, the server's, the one for Prefect Cloud, and a run's processor and memory figures.
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
        "PREFECT_TELEMETRY_ENABLE_RESOURCE_METRICS": "false",
        # The V2 pages ask an analytics host from the browser; the V1 pages do not.
        "PREFECT_SERVER_UI_V2_ENABLED": "false",
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        "PREFECT_SERVER_UI_STATIC_DIRECTORY": str(state / "ui"),
        # Results are values of one process: clients and stores hang on them, and nobody reads them later.
        "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
        # Runs older than 90 days leave Prefect's database, or it grows for ever.
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs,orphans",
        # Our own errors reach the caller, who words them; Prefect's pages show the whole log all the same.
        "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
    }

"""The home folder: one run at a time, secrets from the right place."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from veille.config.files import ConfigError
from veille.home import Home, HomeHeldError, hold_home, load_config, load_secret


def test_a_second_run_is_kept_out_and_told_who_holds_the_home(tmp_path: Path) -> None:
    """The lock is between processes and between openings of the same process."""
    with hold_home(Home(tmp_path)), pytest.raises(HomeHeldError, match="process"), hold_home(Home(tmp_path)):
        pass


def test_the_lock_goes_with_the_process_that_died(tmp_path: Path) -> None:
    """A killed run never keeps the next one out."""
    code = (
        "import os, sys; from pathlib import Path; from veille.home import *\n"
        "with hold_home(Home(Path(sys.argv[1]))): os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False).returncode == -9
    with hold_home(Home(tmp_path)):
        pass


def test_both_missing_files_are_told(tmp_path: Path) -> None:
    """A folder that is no home says so, once a file, and how to make one."""
    with pytest.raises(ConfigError, match=r"(?s)organisation.yaml.*veille init.*sources.yaml"):
        load_config(Home(tmp_path))


def test_the_environment_comes_before_the_env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret is read from the environment, else from the home's .env."""
    (tmp_path / ".env").write_text("VEILLE_SMTP_PASSWORD=from-file\n")
    assert load_secret(Home(tmp_path), "VEILLE_SMTP_PASSWORD") == "from-file"
    monkeypatch.setenv("VEILLE_SMTP_PASSWORD", "from-environment")
    assert load_secret(Home(tmp_path), "VEILLE_SMTP_PASSWORD") == "from-environment"

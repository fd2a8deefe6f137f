"""The units for systemd: what it checks, and that they are closed."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

DEPLOY = Path(__file__).parent.parent / "deploy"
UNITS = sorted(DEPLOY.glob("*.service"))
CLOSED = {
    "NoNewPrivileges=true", "ProtectSystem=strict", "ReadWritePaths=/srv/veille", "ProtectHome=true",
    "PrivateTmp=true", "PrivateDevices=true", "CapabilityBoundingSet=", "Restart=on-failure", "User=veille",
}  # fmt: skip


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_may_write_to_its_home_only(unit: Path) -> None:
    """No privileges, a system that is read-only, a bound for memory, a restart after a failure."""
    lines = unit.read_text("utf-8").splitlines()
    assert set(lines) >= CLOSED
    assert any(line.startswith("MemoryMax=") for line in lines)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_understands_a_unit(unit: Path, tmp_path: Path) -> None:
    """Every setting is known and has a value that systemd takes; the program itself lies elsewhere here."""
    text = unit.read_text("utf-8").replace("/opt/veille/.venv/bin/veille", sys.executable)
    (tmp_path / unit.name).write_text(text, "utf-8")
    told = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / unit.name)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (told.returncode, told.stderr) == (0, "")


def test_every_promise_names_tests_that_exist() -> None:
    """SECURITY.md says of each promise where it is tested."""
    rows = [line for line in (DEPLOY.parent / "SECURITY.md").read_text("utf-8").splitlines() if line.startswith("| ")]
    promises = [row for row in rows if not row.startswith("| promise")]
    named = [set(re.findall(r"`(tests/\w+\.py)`", row)) for row in promises]
    assert promises
    assert all(named)
    assert [name for names in named for name in names if not (DEPLOY.parent / name).exists()] == []

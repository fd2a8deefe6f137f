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
    "StartLimitIntervalSec=0", "OOMPolicy=continue",
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


# What the interpreter, PyTorch, DuckDB, Prefect's server and the parsers were seen to ask for (strace, systemd 252).
NEEDED = {
    "clone", "clone3", "copy_file_range", "epoll_wait", "eventfd2", "execve", "fdatasync", "flock", "fsync",
    "ftruncate", "futex", "getrandom", "kill", "madvise", "memfd_create", "mprotect", "prctl", "prlimit64", "pwrite64",
    "rename", "sched_getaffinity", "sched_setaffinity", "setpriority", "setsid", "socketpair", "unlink", "wait4",
}  # fmt: skip


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_a_unit_lets_through_what_the_program_asks_for() -> None:
    """The filter of system calls and what is allowed of memory break neither PyTorch's kernels nor DuckDB."""
    names = allowed_calls("@system-service") - allowed_calls("@privileged")
    assert set() == NEEDED - names
    for unit in UNITS:
        lines = unit.read_text("utf-8").splitlines()
        assert "SystemCallFilter=@system-service" in lines
        assert not [line for line in lines if line.startswith("MemoryDenyWriteExecute")]


def allowed_calls(group: str) -> set[str]:
    """Every system call of a group of systemd's, those of its groups included."""
    told = subprocess.run(["systemd-analyze", "syscall-filter", group], capture_output=True, text=True, check=True)
    names = {line.strip() for line in told.stdout.splitlines()[1:] if line.strip() and "#" not in line}
    return {name for name in names if name[0] != "@"} | {
        inner for name in names if name[0] == "@" for inner in allowed_calls(name)
    }


def test_every_promise_names_tests_that_exist() -> None:
    """SECURITY.md says of each promise where it is tested."""
    rows = [line for line in (DEPLOY.parent / "SECURITY.md").read_text("utf-8").splitlines() if line.startswith("| ")]
    promises = [row for row in rows if not row.startswith("| promise")]
    named = [set(re.findall(r"`(tests/\w+\.py)`", row)) for row in promises]
    assert promises
    assert all(named)
    assert [name for names in named for name in names if not (DEPLOY.parent / name).exists()] == []

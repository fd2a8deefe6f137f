"""A Prefect server of our own, on loopback, that lives no longer than the process that opened it."""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from threading import Thread

from flows.environment import API_URL, find_state
from veille.home import Home

HOST = "127.0.0.1"
START_SECONDS = 90.0  # a first start migrates an empty database: 13 s on two busy cores
STOP_SECONDS = 10.0
LOG_BYTES, LOG_SECONDS = 5_000_000, 600.0
PR_SET_PDEATHSIG = 1  # prctl(2)


class ServerError(Exception):
    """No Prefect server can be had; the message says why and what to do."""


@contextmanager
def open_server(home: Home, *, port: int = 0, ui: bool = False) -> Iterator[str]:
    """Start a server with its state in the home and yield its address; port 0 takes a free one.

    Without ``ui`` it has neither pages nor schedules, only what a run needs. Raises `ServerError`.
    """
    state = find_state(home)
    state.mkdir(parents=True, exist_ok=True)
    port = port or find_free_port()
    address = f"http://{HOST}:{port}"
    log = state / "server.log"
    with _announced(home, address), log.open("ab") as output:  # appended to, so that `bound_log` can cut it
        output.truncate(0)
        # In a session of its own: Ctrl-C is for the runs, which still have something to tell the server.
        process = subprocess.Popen(
            [sys.executable, "-m", "flows.server", str(port), "ui" if ui else "bare", str(os.getpid())],
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            _wait_until_healthy(process, port, log)
            yield address
        finally:
            _stop(process)


def find_server(home: Home) -> str | None:
    """The address of a server that lives for this home, such as that of `veille serve`; None without one."""
    try:
        with (find_state(home) / "server.lock").open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return file.read().strip() or None
    except OSError:
        pass
    return None


def is_free(port: int) -> bool:
    """Whether a server could listen there."""
    with closing(socket.socket()) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except OSError:
            return False
    return True


def find_free_port() -> int:
    """A port that nobody listens on now."""
    with closing(socket.socket()) as listener:
        listener.bind((HOST, 0))
        port: int = listener.getsockname()[1]
    return port


@contextmanager
def _announced(home: Home, address: str) -> Iterator[None]:
    """The address, in a file that stays locked as long as this process lives: see `find_server`."""
    with (find_state(home) / "server.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ServerError(f"Another process runs a Prefect server for {home.path}: stop it first.") from None
        file.truncate(0)
        file.write(f"{address}\n")
        file.flush()
        yield


def _wait_until_healthy(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        if _is_healthy(port):
            return
        time.sleep(0.1)
    last = log.read_text("utf-8", "replace").strip().splitlines()[-1:] or ["it said nothing"]
    raise ServerError(f"Prefect's server did not start on port {port}: {last[0]} ({log} has the rest).")


def _is_healthy(port: int) -> bool:
    with closing(HTTPConnection(HOST, port, timeout=5)) as connection:
        try:
            connection.request("GET", "/api/health")
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def main(port: str, pages: str, parent: str) -> None:
    """The server's own process: Prefect's application under uvicorn, until told to stop or until its parent dies."""
    _die_with(int(parent))
    Thread(target=_keep_log_short, daemon=True).start()
    os.environ |= {"PREFECT_SERVER_API_HOST": HOST, "PREFECT_SERVER_API_PORT": port}
    os.environ.pop(API_URL, None)  # the pages ask this server, not another
    import uvicorn
    from prefect.server.api.server import create_app

    app = create_app(ephemeral=pages == "bare", final=True)
    uvicorn.run(app, host=HOST, port=int(port), log_level="warning", timeout_graceful_shutdown=3)


def _keep_log_short() -> None:
    while True:
        time.sleep(LOG_SECONDS)
        bound_log(sys.stdout.fileno())


def bound_log(opened: int, most_bytes: int = LOG_BYTES) -> None:
    """Start a log anew that grew long while it is written to; the descriptor is one that appends.

    A server lives for years, and has nothing else that would ever shorten what it says.
    """
    if os.fstat(opened).st_size > most_bytes:
        os.ftruncate(opened, 0)


def _die_with(parent: int) -> None:
    """A parent that is killed cannot stop its server. Linux only; elsewhere it stays until it is stopped by hand."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died before we asked
            sys.exit(1)


if __name__ == "__main__":
    main(*sys.argv[1:])

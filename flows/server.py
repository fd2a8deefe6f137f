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
from typing import BinaryIO

from flows.environment import API_URL, find_state
from veille.home import Home

HOST = "127.0.0.1"
START_SECONDS = 90.0  # a first start migrates an empty database: 13 s on two busy cores
STOP_SECONDS = 10.0
LOG_BYTES, LOG_SECONDS = 5_000_000, 600.0
PR_SET_PDEATHSIG = 1  # prctl(2)


class ServerError(Exception):
    """No Prefect server can be had; the message says why and what to do."""


class Server:
    """The process of a server, and how it is started again."""

    def __init__(self, port: int, log: Path, output: BinaryIO, *, ui: bool) -> None:
        self.address = f"http://{HOST}:{port}"
        self._port, self._log, self._output, self._ui = port, log, output, ui
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; the thread that does must outlive it. Raises `ServerError` where something else listens."""
        if not is_free(self._port):
            words = f"port {self._port} is taken: stop what listens there, or name another in PREFECT_SERVER_API_PORT"
            raise ServerError(f"Prefect's server cannot start, {words}.")
        # In a session of its own: Ctrl-C is for the runs, which still have something to tell the server.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "flows.server", str(self._port), "ui" if self._ui else "bare", str(os.getpid())],
            stdout=self._output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )

    def find_end(self) -> str | None:
        """How it ended, and None as long as it lives."""
        code = self._process.poll() if self._process else 0
        return None if code is None else f"signal {-code}" if code < 0 else f"exit code {code}"

    def is_healthy(self) -> bool:
        """Whether it answers within a few seconds."""
        return _is_healthy(self._port)

    def wait_until_healthy(self) -> None:
        """Returns when it answers; raises `ServerError` when it ends before, or takes too long."""
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and self.find_end() is None:
            if self.is_healthy():
                return
            time.sleep(0.1)
        said = self._log.read_text("utf-8", "replace").strip().splitlines()
        last = said[-1] if said else self.find_end() or "it said nothing"
        raise ServerError(f"Prefect's server did not start on port {self._port}: {last} ({self._log} has the rest).")

    def stop(self) -> None:
        """Ask it to end, and see to it."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@contextmanager
def open_server(home: Home, *, port: int = 0, ui: bool = False) -> Iterator[Server]:
    """Start a server with its state in the home, and wait until it answers; port 0 takes a free one.

    Without ``ui`` it has neither pages nor schedules, only what a run needs. Raises `ServerError`.
    """
    state = find_state(home)
    try:
        state.mkdir(parents=True, exist_ok=True)
        output = (state / "server.log").open("ab")  # appended to, so that `bound_log` can cut it
    except OSError as error:
        words = f"its state cannot be kept in {state} ({error.strerror}): see to the folder and its owner"
        raise ServerError(f"Prefect's server cannot start, {words}.") from error
    with output:
        server = Server(port or find_free_port(), state / "server.log", output, ui=ui)
        with _announced(home, server.address):
            output.truncate(0)
            try:
                server.start()
                server.wait_until_healthy()
                yield server
            finally:
                server.stop()


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


def _is_healthy(port: int) -> bool:
    with closing(HTTPConnection(HOST, port, timeout=5)) as connection:
        try:
            connection.request("GET", "/api/health")
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False


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

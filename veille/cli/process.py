"""The process around a command: its streams, the signals that end it, and what the machine says no to."""

from __future__ import annotations

import errno
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import TextIO

from veille.cli.tell import complain

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
GRACE_SECONDS = 3.0
_stopped_by = signal.SIGINT


def settle_process() -> None:
    """Streams that were closed at the start lead nowhere; SIGTERM and SIGHUP end a command as Ctrl-C does."""
    sys.stdout, sys.stderr = sys.stdout or _open_nowhere(), sys.stderr or _open_nowhere()
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:  # not where nohup wants it ignored
            signal.signal(number, _stop)


def find_stop_code() -> int:
    """The exit code of a command that a signal ended, as shells tell it."""
    return 128 + _stopped_by


def flush_result() -> bool:
    """Hand over what stdout still holds; False, and said, where it cannot be taken.

    A reader that has gone, such as `head`, had what it wanted.
    """
    try:
        sys.stdout.flush()
    except OSError as error:
        # Python would flush once more, and complain in its own words.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        if not isinstance(error, BrokenPipeError):
            complain(f"The result could not be written to stdout: {error.strerror}.")
            return False
    return True


def is_machines(error: OSError) -> bool:
    """Whether a file or the room for it is to blame, and not a bug."""
    return error.filename is not None or error.errno in FULL


def describe_refusal(error: OSError) -> str:
    """What the machine refused, where, and what to do."""
    return f"{error.filename or 'The disk'}: {error.strerror}. {_advise(error)}"


@contextmanager
def limit_memory(more_bytes: int) -> Iterator[None]:
    """In the block, this process gets so much more address space and no more: what wants it fails, and nothing else."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0]) if sys.platform == "linux" else 0
    limit = pages * resource.getpagesize() + more_bytes
    before, highest = resource.getrlimit(resource.RLIMIT_AS)
    if pages and (highest == resource.RLIM_INFINITY or limit < highest):
        resource.setrlimit(resource.RLIMIT_AS, (limit, highest))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (before, highest))


@contextmanager
def limit_seconds(seconds: float, interrupt: Callable[[], None]) -> Iterator[None]:
    """Interrupt what runs in the block after so long; end the process if it has not let go a little later."""
    timers = [Timer(seconds, interrupt), Timer(seconds + GRACE_SECONDS, _give_up, [seconds])]
    for timer in timers:
        timer.daemon = True
        timer.start()
    try:
        yield
    except KeyboardInterrupt:
        # DuckDB waits for its threads when it is closed, and they may go on with the query for ever. It only reads.
        complain("Stopped.")
        os._exit(find_stop_code())
    finally:
        for timer in timers:
            timer.cancel()


def _give_up(seconds: float) -> None:
    complain(f"This took longer than {seconds:g} s and could not be interrupted.")
    os._exit(1)


def _advise(error: OSError) -> str:
    if error.errno in FULL:
        return "Make room, then run it again: what was saved before stands."
    if isinstance(error, FileExistsError | NotADirectoryError | IsADirectoryError):
        return "Something else is in its place: move it away."
    if isinstance(error, PermissionError) or error.errno == errno.EROFS:
        return "See to it that the user who runs veille may read and write there."
    return "See to the disk, then run it again: what was saved before stands."


def _stop(number: int, _frame: object) -> None:
    global _stopped_by
    _stopped_by = signal.Signals(number)
    signal.raise_signal(signal.SIGINT)


def _open_nowhere() -> TextIO:
    return Path(os.devnull).open("w", encoding="utf-8")

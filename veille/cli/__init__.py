"""The command line: what was asked for, the clock that it believes in, and exit codes.

0 done; 1 the work could not be done; 2 bad usage or configuration; 3 another run holds the home.
"""

from __future__ import annotations

import gc
import os
import signal
import threading

# Start-up counts, at each run and each search. Importing makes only objects that stay: collecting among them is a tenth
# of it; pydantic's look for plugins in all that is installed, another twentieth.
gc.disable()
# Ctrl-C before anything has begun ends without a word.
_interrupt = signal.getsignal(signal.SIGINT)
if threading.current_thread() is threading.main_thread():
    signal.signal(signal.SIGINT, signal.SIG_DFL)
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")

import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from veille.cli.process import describe_refusal, find_stop_code, flush_result, is_machines, settle_process
from veille.cli.tell import complain
from veille.config import UnknownNameError
from veille.config.files import ConfigError
from veille.home import Home, HomeHeldError

INTERRUPTED = 130  # typer's word for Ctrl-C
DONE, NOT_DONE, BAD_USAGE, HELD = 0, 1, 2, 3
COMMON_FLAGS = {"--json", "-v", "--verbose", "-q", "--quiet"}
COMMON_VALUES = {"--home", "--now"}


class NotDoneError(Exception):
    """The command could not do its work; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The common options of a command."""

    home: Home
    home_given: bool
    now: datetime
    json: bool
    verbose: bool
    quiet: bool


app = typer.Typer(
    name="veille",
    help="A scheduled technology and research watch for digital learning teams.",
    epilog="--home DIR, --now ISO-8601, --json, -v and -q are accepted before or after the command's name.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def parse_now(text: str | None) -> datetime:
    """The clock of this command, aware and in UTC; without a zone the machine's own is meant."""
    if text is None:
        return datetime.now(UTC).replace(microsecond=0)
    try:
        now = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise typer.BadParameter(f"{text!r} is not an instant such as 2026-03-02T07:00+01:00") from None
    if not 1970 <= now.year < 3000:  # years from which no week can be counted back, nor a schedule on
        raise typer.BadParameter(f"{text!r} is no year that this program counts in, from 1970 to 2999")
    return now


@app.callback()
def common(
    context: typer.Context,
    home: Annotated[Path | None, typer.Option(help="The home folder (default: the current one).")] = None,
    now: Annotated[str | None, typer.Option(help="The instant to believe in, ISO 8601.")] = None,
    json: Annotated[bool, typer.Option("--json", help="The result as JSON on stdout.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say more on stderr.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say less on stderr.")] = False,
) -> None:
    level = logging.DEBUG if verbose else logging.ERROR if quiet else logging.WARNING
    told = logging.StreamHandler(sys.stderr)
    told.setLevel(level)  # the handler's too: libraries set levels of their own loggers
    logging.basicConfig(level=level, handlers=[told], format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpcore").setLevel(logging.INFO)
    folder = find_home(home)
    context.obj = Asked(Home(folder), home is not None, parse_now(now), json, verbose, quiet)


def find_home(given: Path | None) -> Path:
    """The home folder; one whose name is no UTF-8 cannot be told to DuckDB, nor written in any of our files."""
    try:
        folder = Path(given or ".").expanduser().resolve()
        str(folder).encode()
    except UnicodeError:
        raise typer.BadParameter(f"{given or Path.cwd()!r}: its name is not UTF-8; rename the folder") from None
    except (OSError, RuntimeError) as error:  # the current folder is gone, or there is no such user
        raise typer.BadParameter(f"{given or '.'}: cannot be found ({error})") from None
    return folder


def hoist_common(arguments: Sequence[str]) -> list[str]:
    """The common options first, wherever they stood, so that they may follow the command's name."""
    front: list[str] = []
    rest: list[str] = []
    waiting = iter(arguments)
    for argument in waiting:
        name = argument.partition("=")[0]
        if argument == "--":
            rest += [argument, *waiting]
        elif argument in COMMON_FLAGS or (name in COMMON_VALUES and "=" in argument):
            front.append(argument)
        elif argument in COMMON_VALUES:
            front += [argument, *([value] if (value := next(waiting, None)) is not None else [])]
        else:
            rest.append(argument)
    return front + rest


def main(arguments: Sequence[str] | None = None) -> None:
    """The entry point: runs a command and leaves with its exit code."""
    settle_process()
    code = run_command(sys.argv[1:] if arguments is None else arguments)
    sys.exit(code if flush_result() else code or NOT_DONE)


def run_command(arguments: Sequence[str]) -> int:
    """Exit code of one command. What is not one of our errors is a bug and propagates."""
    try:
        # They register their commands.
        from veille.cli import backup, calibrate, evaluate, export, look, rate, recipients, setup, sources, web, work  # noqa: F401

        gc.freeze()
        gc.enable()
        code = app(hoist_common(arguments), standalone_mode=False)
        if code == INTERRUPTED:
            return _tell_stopped()
        return code if isinstance(code, int) else DONE
    except typer.Exit as leaving:
        return leaving.exit_code
    except ConfigError as error:
        complain(f"{len(error.problems)} problem(s) in the configuration:\n{error}")
        return BAD_USAGE
    except UnknownNameError as error:
        complain(str(error))
        return BAD_USAGE
    except HomeHeldError as error:
        complain(str(error))
        return HELD
    except NotDoneError as error:
        complain(str(error))
        return NOT_DONE
    except (typer.Abort, KeyboardInterrupt):
        return _tell_stopped()
    except typer.TyperException as error:
        complain(f"{error.format_message()}\nTry `veille --help`.")
        return BAD_USAGE
    except BrokenPipeError:
        return DONE
    except OSError as error:
        if not is_machines(error):
            raise
        complain(describe_refusal(error))
        return NOT_DONE
    except Exception as error:
        from veille.store import find_machine_fault

        if (fault := find_machine_fault(error)) is None:
            raise
        complain(f"The database cannot be used: {fault}\n`veille doctor` says what to do.")
        return NOT_DONE


def _tell_stopped() -> int:
    complain("Stopped. What was saved before stands; the next run goes on from there.")
    return find_stop_code()


if threading.current_thread() is threading.main_thread():
    signal.signal(signal.SIGINT, _interrupt)

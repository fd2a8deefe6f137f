"""The command line: a command is run, whatever ends it is said in words, and the process leaves with its code."""

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

import sys
from collections.abc import Sequence

import typer

from veille.cli.asked import BAD_USAGE, DONE, HELD, NOT_DONE, NotDoneError, app, hoist_common
from veille.cli.process import describe_refusal, find_stop_code, flush_result, is_machines, settle_process
from veille.cli.tell import complain
from veille.config import UnknownNameError
from veille.config.files import ConfigError
from veille.home import HomeHeldError

INTERRUPTED = 130  # typer's word for Ctrl-C


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
        said = error.format_message().replace(": Value error, ", ": ", 1)  # pydantic's words, within typer's
        complain(f"{said}\nTry `veille --help`.")
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

"""What was asked for on the command line: the program, the options that every command has, and its exit codes.

0 done; 1 the work could not be done; 2 bad usage or configuration; 3 another run holds the home.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from veille.home import Home

DONE, NOT_DONE, BAD_USAGE, HELD = 0, 1, 2, 3
COMMON_FLAGS = {"--json", "-v", "--verbose", "-q", "--quiet"}
COMMON_VALUES = {"--home", "--now"}
ONLY_NEAR = "No text has these words; these are nearest in meaning."  # of a search


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


def parse_question(text: str) -> str:
    """What a search is asked, without the space around it."""
    if not text.strip():
        raise typer.BadParameter("say what to search for: some words or a question, in French or English")
    return text.strip()


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

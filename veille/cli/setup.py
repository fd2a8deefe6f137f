"""The commands around the work: a new home, the embedding model, and what the doctor says."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from veille.cli import DONE, NOT_DONE, Asked, app
from veille.cli.tell import tell, tell_json, tell_table

STARTER_FOLDERS = {
    "data": "What veille keeps: veille.duckdb is the published database, for any DuckDB client.\n",
    "reports": "The digests: a folder a week and audience.\n",
}


@app.command("init")
def init_command(
    context: typer.Context,
    folder: Annotated[Path | None, typer.Argument(metavar="[DIR]", help="Where (default: the current folder).")] = None,
) -> int:
    """A new home with commented starter files; existing files are left alone."""
    asked: Asked = context.obj
    home = folder.resolve() if folder else asked.home.path
    written = write_starter(home)
    if asked.json:
        tell_json({"home": str(home), "written": [str(path) for path in written]})
        return DONE
    for path in written:
        tell(f"wrote {path}")
    tell(f"Edit {home / 'organisation.yaml'}, then: veille --home {home} doctor, and veille --home {home} collect")
    return DONE


def write_starter(home: Path) -> list[Path]:
    """Starter files and folders where there are none yet; which were written."""
    starter = files("veille").joinpath("starter")
    texts = {name: starter.joinpath(name).read_text("utf-8") for name in ("organisation.yaml", "sources.yaml")}
    texts |= {f"{name}/README.md": text for name, text in STARTER_FOLDERS.items()}
    written = []
    for name, text in texts.items():
        path = home / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            written.append(path)
    return written


@app.command("doctor")
def doctor_command(context: typer.Context) -> int:
    """Checks install, model, configuration, mail, clock and disk; a line each, with what to do."""
    from veille.doctor import examine

    asked: Asked = context.obj
    findings = examine(asked.home, asked.now)
    rows = [{"check": finding.check, "verdict": finding.verdict, "what": finding.what} for finding in findings]
    if asked.json:
        tell_json(rows)
    else:
        tell_table("Doctor", rows, ("check", "verdict", "what"))
    return NOT_DONE if any(finding.verdict == "failed" for finding in findings) else DONE


model_app = typer.Typer(help="The embedding model.", no_args_is_help=True)
app.add_typer(model_app, name="model")

"""The commands around the work: a new home, the embedding model, and what the doctor says."""

from __future__ import annotations

from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from veille.cli.asked import DONE, NOT_DONE, Asked, NotDoneError, app
from veille.cli.tell import progress, tell, tell_json, tell_table
from veille.home import load_config

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
    rows = [{**asdict(finding), "ok": finding.verdict != "failed"} for finding in findings]
    if asked.json:
        tell_json(rows)
    else:
        tell_table("Doctor", rows, ("check", "verdict", "what", "advice"))
    return NOT_DONE if any(finding.verdict == "failed" for finding in findings) else DONE


model_app = typer.Typer(help="The embedding model.", no_args_is_help=True)
app.add_typer(model_app, name="model")


@model_app.command("build")
def model_build_command(context: typer.Context) -> int:
    """Prepares the bundled model once for this user; the first collection does it too."""
    from veille.embed.bundled import BundledModelError, build_bundled

    asked: Asked = context.obj
    with progress(quiet=asked.quiet) as bar:
        try:
            folder = build_bundled(on_progress=lambda part: bar("model", round(100 * part), 100))
        except (BundledModelError, OSError) as error:
            raise NotDoneError(f"The bundled model cannot be prepared: {error}") from error
    if asked.json:
        tell_json({"folder": str(folder)})
    else:
        tell(f"The bundled model is ready in {folder}")
    return DONE


@model_app.command("bench")
def model_bench_command(
    context: typer.Context,
    rounds: Annotated[int, typer.Option(min=1, max=20, help="More rounds, steadier medians.")] = 3,
) -> int:
    """Measures the configured model on this machine: texts a second at 20, 60 and 200 tokens."""
    from veille.config import Embedding
    from veille.embed import ModelUnavailableError, bench_model, open_embedder

    asked: Asked = context.obj
    embedding = load_config(asked.home).embedding if asked.home_given else Embedding()
    try:
        speeds = bench_model(open_embedder(embedding), rounds)
    except ModelUnavailableError as error:
        raise NotDoneError(str(error)) from error
    rows = [asdict(speed) for speed in speeds]
    if asked.json:
        tell_json(rows)
    else:
        tell_table("", rows, ("tokens", "texts_per_second", "peer_per_second", "ratio", "cosine"))
    return DONE

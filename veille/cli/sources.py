"""The commands on where veille looks: list, check, add, import and export."""

from __future__ import annotations

from collections import Counter
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from veille.cli.asked import DONE, NOT_DONE, Asked, NotDoneError, app
from veille.cli.look import load_published
from veille.cli.tell import Row, complain, progress, tell, tell_json, tell_table
from veille.config import Config, Section, Source
from veille.home import load_api_key, load_config

SOURCE_COLUMNS = ("source_id", "kind", "section", "state", "items_total", "last_success_at", "last_error", "url")

sources_app = typer.Typer(help="Where veille looks.", no_args_is_help=True)
app.add_typer(sources_app, name="sources")


@sources_app.command("list")
def sources_list_command(context: typer.Context) -> int:
    """Every configured source and how it is."""
    asked: Asked = context.obj
    config = load_config(asked.home)
    known = _known_health(asked)
    rows: list[Row] = [
        known.get(source.id)
        or {"source_id": source.id, "kind": source.kind, "section": source.section, "url": source.url}
        | {"state": "new" if source.enabled else "disabled"}
        for source in config.sources
    ]
    if asked.json:
        tell_json(rows)
    else:
        tell_table("Sources", rows, SOURCE_COLUMNS, config.organisation.zone)
    return DONE


def _known_health(asked: Asked) -> dict[str, Row]:
    if not (asked.home.data / "veille.duckdb").exists():
        return {}
    rows, _ = load_published(asked, "SELECT * FROM sources")
    return {row["source_id"]: row for row in rows}


@sources_app.command("check")
def sources_check_command(
    context: typer.Context,
    source: Annotated[list[str] | None, typer.Option(metavar="ID", help="Only this source; may be repeated.")] = None,
) -> int:
    """Tries each source once, saves nothing, and says how healthy it is."""
    import asyncio

    from veille.sources.check import CHECK_COLUMNS, WELL, check_sources

    asked: Asked = context.obj
    config = load_config(asked.home)
    sources = config.pick_sources(source) if source else list(config.sources)
    with progress(quiet=asked.quiet) as step:
        checking = check_sources(
            config, sources, asked.now, partial(load_api_key, asked.home), lambda n: step("checking", n, len(sources))
        )
        rows = asyncio.run(checking)
    if asked.json:
        tell_json(rows)
    else:
        tell_table("Sources", rows, CHECK_COLUMNS, config.organisation.zone)
    counts = Counter(row["verdict"] for row in rows)
    if not asked.quiet and len(rows) > 1:
        complain(", ".join(f"{count} {verdict}" for verdict, count in counts.most_common()))
    tried = [row for row in rows if row["verdict"] != "unsupported"]
    return NOT_DONE if tried and not any(row["verdict"] in WELL for row in tried) else DONE


@sources_app.command("add")
def sources_add_command(
    context: typer.Context,
    url: Annotated[str, typer.Argument(help="A page, a feed, a calendar, a catalogue, a repository: any address.")],
    id: Annotated[str | None, typer.Option(help="What to call it (default: made of its title).")] = None,
    section: Annotated[
        str | None, typer.Option(help="press, research, technology, regulation, events or moocs (default: guessed).")
    ] = None,
    language: Annotated[str | None, typer.Option(help="Of all its items, such as fr (default: seen per item).")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be added, and write nothing.")] = False,
) -> int:
    """Finds the source behind a web address, tries it, and writes its line into sources.yaml."""
    import asyncio

    from veille.sources.adding import WATCH, NothingFoundError, NotWrittenError, add_sources
    from veille.sources.check import describe_items
    from veille.sources.listing import build_id, build_line, find_same

    asked: Asked = context.obj
    config = load_config(asked.home)
    _refuse_bad_options(config, id, section, language)
    try:
        found = asyncio.run(_find(asked, config, _complete(url)))
    except NothingFoundError as error:
        assumed = _complete(url) == f"https://{url.strip()}"
        hint = " The address was taken for an https one: write http:// before it, if that is meant." if assumed else ""
        raise NotDoneError(f"{error}{hint}") from None
    if known := find_same(config.sources, found.source):
        there = f"there already, as {known.id}: {known.url}"
        if found.stated:
            raise NotDoneError(f"It is {there}")
        raise NotDoneError(f"{url} names no source. What its site has is {there}; {WATCH}")
    taken = [known.id for known in config.sources]
    chosen = {"id": id or build_id(found.title, found.source.url, taken), "language": language}
    source = found.source.model_copy(update=chosen | ({"section": section} if section else {}))
    if not dry_run:
        try:
            add_sources(asked.home, [(found.title, source)])
        except NotWrittenError as error:
            raise NotDoneError(str(error)) from None
    facts = {"title": found.title, **describe_items(found.items, asked.now), "written": not dry_run}
    if asked.json:
        tell_json({"source": source.model_dump(exclude_defaults=True) | {"section": source.section}, **facts})
    else:
        _tell_found(source, facts)
        tell(f"{'would add' if dry_run else 'added'} - {build_line(source)}")
    return DONE


def _tell_found(source: Source, facts: dict[str, Any]) -> None:
    tell(f"found {source.kind}: {facts['title'] or 'without a title'} ({source.url})")
    newest = facts["newest_at"]
    day = f" ({newest.date().isoformat()})" if newest else ""
    tell(f"{facts['items']} items" + (f"; newest: {facts['newest']}{day}" if facts["items"] else ""))
    if facts["items_a_week"] is not None:
        tell(f"{facts['items_a_week']:g} items a week")


async def _find(asked: Asked, config: Config, url: str) -> Any:
    from veille.sources.adding import find_source
    from veille.sources.check import open_trial

    async with open_trial(config, asked.now, partial(load_api_key, asked.home)) as trial:
        return await find_source(trial, url)


def _complete(url: str) -> str:
    """An address as people type it: without a scheme, or a calendar's."""
    url = url.strip()
    if url.lower().startswith(("webcal:", "webcals:", "feed:")):
        return "https://" + url.partition(":")[2].lstrip("/").removeprefix("https://").removeprefix("http://")
    return url if "://" in url else f"https://{url}"


def _refuse_bad_options(config: Config, id: str | None, section: str | None, language: str | None) -> None:
    from pydantic import ValidationError

    if id and any(source.id == id for source in config.sources):
        raise typer.BadParameter(f"the id {id!r} is taken; sources.yaml has it already")
    given = {"id": id or "new", "section": section or "press", "language": language}
    try:
        Source.model_validate({"kind": "rss", "url": "https://example.org/", **given})
    except ValidationError as error:
        first = error.errors()[0]
        allowed = {
            "id": "lower-case letters and digits, joined by - or _",
            "section": ", ".join(Section.__args__),  # type: ignore[attr-defined]
            "language": "a code such as fr or en",
        }
        name = str(first["loc"][0])
        raise typer.BadParameter(f"--{name} {first['input']!r}; allowed: {allowed[name]}") from None


@sources_app.command("import")
def sources_import_command(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE.opml", help="A list of feeds as other readers export it.")],
    section: Annotated[str | None, typer.Option(help="Put them all there (default: guessed from its folders).")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be added, and write nothing.")] = False,
) -> int:
    """Adds the feeds of an OPML file to sources.yaml; those that are there already are told and left alone."""
    from veille.sources.adding import NotWrittenError, add_sources
    from veille.sources.listing import pick_new
    from veille.sources.opml import OpmlError, parse_opml

    asked: Asked = context.obj
    config = load_config(asked.home)
    _refuse_bad_options(config, None, section, None)
    try:
        outlines = parse_opml(file.read_bytes())
    except OSError as error:
        raise typer.BadParameter(f"{file}: {error.strerror}") from None
    except OpmlError as error:
        raise typer.BadParameter(f"{file}: {error}") from None
    new, skipped = pick_new(outlines, config.sources, section)
    if new and not dry_run:
        try:
            add_sources(asked.home, new)
        except NotWrittenError as error:
            raise NotDoneError(str(error)) from None
    added = [{"source_id": source.id, "section": source.section, "url": source.url} for _, source in new]
    if asked.json:
        tell_json({"added": added, "skipped": skipped, "written": not dry_run})
        return DONE
    tell_table("Would be added" if dry_run else "Added", added, ("source_id", "section", "url"))
    shown = len(skipped) if asked.verbose else 20
    for row in skipped[:shown]:
        complain(f"line {row['line']}: {row['title'] or row['url']}: {row['why']}")
    if len(skipped) > shown:
        complain(f"… and {len(skipped) - shown} more (-v shows all)")
    complain(f"{len(added)} {'would be added' if dry_run else 'added'}, {len(skipped)} left out.")
    if added and not dry_run:
        complain("Try them: veille sources check")
    return DONE


@sources_app.command("export")
def sources_export_command(context: typer.Context) -> int:
    """The enabled feeds as OPML on stdout, for any feed reader."""
    from veille.sources.opml import render_opml

    asked: Asked = context.obj
    config = load_config(asked.home)
    enabled = [source for source in config.sources if source.enabled]
    feeds = [source for source in enabled if source.kind == "rss"]
    if asked.json:
        tell_json([{"source_id": source.id, "section": source.section, "url": source.url} for source in feeds])
        return DONE
    typer.echo(render_opml(config.organisation.name, feeds).encode(), nl=False)
    others = [source.id for source in enabled if source.kind != "rss"]
    if others and not asked.quiet:
        complain(f"{len(feeds)} feeds; not in OPML, which has only feeds: {', '.join(others)}")
    return DONE

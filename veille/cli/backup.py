"""The commands that keep a home's state and bring it back: backup and restore."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from veille.cli.asked import DONE, Asked, NotDoneError, app
from veille.cli.tell import complain, tell, tell_json
from veille.home import hold_home
from veille.store import StoreError, open_store

LEFT_OUT = "Not in it: .env with its secrets, local models, and Prefect's own state."


@app.command("backup")
def backup_command(
    context: typer.Context, file: Annotated[Path, typer.Argument(metavar="FILE", help="Such as veille.zip.")]
) -> int:
    """The whole home's state as one file: configuration, store, reports, signing key, votes. Not .env."""
    from veille.backup import STORE_NAME, BackupError, write_backup

    asked: Asked = context.obj
    if not asked.home.path.is_dir():
        raise NotDoneError(f"{asked.home.path} is no home: --home DIR names another folder")
    try:
        with hold_home(asked.home), ExitStack() as stack:
            exists = (asked.home.path / STORE_NAME).exists()
            store = stack.enter_context(open_store(asked.home.data)) if exists else None
            made = write_backup(asked.home, store, file.expanduser().absolute(), asked.now)
    except (BackupError, StoreError) as error:
        raise NotDoneError(str(error)) from error
    if asked.json:
        tell_json(asdict(made))
        return DONE
    tell(f"{made.path}: {made.files} files, {made.bytes:,} bytes" + ("" if made.format else "; there is no store yet"))
    if not asked.quiet:
        complain(f"{LEFT_OUT} Whoever has the file can read who gets mail and sign links: keep it like a password.")
    return DONE


@app.command("restore")
def restore_command(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `veille backup` wrote, or one of data/backups/.")],
    force: Annotated[bool, typer.Option("--force", help="Also over a home that has a store.")] = False,
) -> int:
    """Puts the home into the state of a backup, which is checked whole before anything is touched."""
    from veille.backup import BackupError
    from veille.restore import restore_home

    asked: Asked = context.obj
    try:
        restored = restore_home(asked.home, file.expanduser().absolute(), force=force)
    except (BackupError, StoreError) as error:
        raise NotDoneError(str(error)) from error
    if asked.json:
        tell_json(asdict(restored))
        return DONE
    made = f" of {restored.made_at:%Y-%m-%d %H:%M} UTC" if restored.made_at else ""
    tell(f"{asked.home.path}: {restored.files} files from the backup{made}")
    if restored.sent_since:
        tell(f"Sent since then, and not to be sent again: {', '.join(restored.sent_since)}")
    if restored.not_carried:
        complain(f"What was sent since then is not known, the store before could not be read: {restored.not_carried}")
    if restored.replaced:
        tell(f"What was there before is in {restored.replaced}")
    if not asked.quiet:
        complain(f"{LEFT_OUT} Then: veille --home {asked.home.path} doctor")
    return DONE

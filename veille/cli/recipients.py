"""The commands about recipients: who gets which digest, and who gets none any more."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from veille.cli.asked import DONE, Asked, NotDoneError, app
from veille.cli.look import load_published
from veille.cli.tell import tell, tell_json, tell_table
from veille.config import Config, UnknownNameError
from veille.home import hold_home, load_config
from veille.ratings import take_votes
from veille.store import EVERY_AUDIENCE, PUBLISHED, Store, StoreError, open_store

COLUMNS = ("audience", "recipient", "state", "since", "last_status", "last_attempt_at")
SUPPRESSIONS = "SELECT audience, recipient, reason, since FROM suppressions ORDER BY since, audience, recipient"
LAST = """
    SELECT audience, lower(recipient) AS recipient, arg_max(status, attempted_at) AS status,
           max(attempted_at) AS attempted_at
    FROM deliveries JOIN digests USING (digest_id) WHERE recipient IS NOT NULL GROUP BY ALL"""

recipients = typer.Typer(help="Who gets which digest, and who gets none any more.", no_args_is_help=True)
app.add_typer(recipients, name="recipients")

Address = Annotated[str, typer.Argument(help="An e-mail address.")]


@recipients.command("list")
def list_command(
    context: typer.Context,
    digest: Annotated[list[str] | None, typer.Option("--digest", help="Only of this digest; repeat for more.")] = None,
) -> int:
    """Lists every recipient with their state: active, left or bounced."""
    asked: Asked = context.obj
    config = load_config(asked.home)
    config.pick_audiences(digest or ())
    there = (asked.home.data / PUBLISHED).exists()
    suppressed, last = (load_published(asked, query)[0] if there else [] for query in (SUPPRESSIONS, LAST))
    rows = [row for row in build_rows(config, suppressed, last) if not digest or row["audience"] in digest]
    if asked.json:
        tell_json(rows)
    else:
        tell_table("Recipients", rows, COLUMNS)
    return DONE


def build_rows(config: Config, suppressed: list[dict[str, Any]], last: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A row for each digest and recipient of the configuration, then one for each suppression of somebody else."""
    by_name = {(one["audience"], one["recipient"]): one for one in suppressed}
    told = {(one["audience"], one["recipient"]): one for one in last}
    listed = [(audience.id, to) for audience in config.digests for to in audience.to]
    known = {(name, to.lower()) for name, to in listed} | {(EVERY_AUDIENCE, to.lower()) for _, to in listed}
    return [
        {
            "audience": name,
            "recipient": to,
            "state": held["reason"] if held else "active",
            "since": held["since"] if held else None,
            "last_status": sent.get("status"),
            "last_attempt_at": sent.get("attempted_at"),
        }
        for name, to in [*listed, *(key for key in by_name if key not in known)]
        for held in [by_name.get((name, to.lower())) or by_name.get((EVERY_AUDIENCE, to.lower()))]
        for sent in [told.get((name, to.lower()), {})]
    ]


@recipients.command("lift")
def lift_command(
    context: typer.Context,
    address: Address,
    digest: Annotated[str | None, typer.Option("--digest", help="Only for this digest (default: for all).")] = None,
) -> int:
    """Lets somebody who left or bounced have mail again, from the next issue on."""
    asked: Asked = context.obj
    config = load_config(asked.home)
    if digest is not None:
        config.pick_audiences([digest])
    try:
        with hold_home(asked.home), open_store(asked.home.data) as store:
            take_votes(asked.home, store, config)
            lifted = store.lift_suppressions(address, digest)
            still = find_still(store, config, address)
            store.publish()
    except StoreError as error:
        raise NotDoneError(str(error)) from error
    if asked.json:
        tell_json({"recipient": address, "lifted": lifted, "suppressed": still})
    else:
        tell(word_lifted(address, lifted, still))
    return DONE


def find_still(store: Store, config: Config, address: str) -> list[str]:
    """The digests that this address gets nothing of."""
    return [one.id for one in config.digests if address.lower() in store.load_suppressed(one.id)]


def word_lifted(address: str, lifted: list[tuple[str, Any]], still: list[str]) -> str:
    what = ", ".join(f"{reason} ({'all digests' if name == EVERY_AUDIENCE else name})" for name, reason in lifted)
    said = f"Lifted for {address}: {what}." if lifted else f"There was nothing to lift for {address}."
    return f"{said} Still suppressed for {', '.join(still)}." if still else said


@recipients.command("forget")
def forget_command(context: typer.Context, address: Address) -> int:
    """Takes an address out of all that the database keeps; what was sent stays counted."""
    asked: Asked = context.obj
    config = load_config(asked.home)
    listed = [one.id for one in config.digests if address.lower() in {to.lower() for to in one.to}]
    if listed:
        raise UnknownNameError(f"{address} is in organisation.yaml (digests: {', '.join(listed)}): take it out first")
    try:
        with hold_home(asked.home), open_store(asked.home.data) as store:
            take_votes(asked.home, store, config)
            rows = store.forget_recipient(address)
            store.publish()
    except StoreError as error:
        raise NotDoneError(str(error)) from error
    tell_json({"recipient": address, "rows": rows}) if asked.json else tell(f"{rows} row(s) had {address}.")
    return DONE

"""`veille web`: the reading room and the votes."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from veille.cli.asked import DONE, Asked, NotDoneError, app
from veille.cli.tell import complain, tell, tell_json
from veille.home import load_config

PATIENCE_SECONDS = 5  # for answers under way, when it is told to stop


@app.command("web")
def web_command(
    context: typer.Context,
    host: Annotated[str | None, typer.Option(help="The address to listen at (default: web.host).")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Likewise; 0: any free one.")] = None,
) -> int:
    """The reading room and the votes, until Ctrl-C; on loopback by default."""
    asked: Asked = context.obj
    web = load_config(asked.home).web
    serve(asked, host or web.host, web.port if port is None else port)
    return DONE


def serve(asked: Asked, host: str, port: int) -> None:
    """Listen there, say where, and serve until told to stop. Raises `NotDoneError` where the address is not free."""
    import uvicorn

    from veille.web import guard
    from veille.web.app import build_app

    ahead = asked.now - datetime.now(UTC)  # of the machine's clock is the one that this command believes in

    def clock() -> datetime:
        return datetime.now(UTC) + ahead

    config = uvicorn.Config(
        build_app(asked.home, clock, (host,)),
        host=host,
        port=port,
        log_config=None,
        access_log=False,  # it would hold the tokens of votes
        server_header=False,
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=PATIENCE_SECONDS,
    )
    try:
        listening = config.bind_socket()
    except SystemExit:
        raise NotDoneError(f"{host}:{port} cannot be listened at: is it in use? --port names another one.") from None
    shown = f"[{host}]" if ":" in host else host
    url = f"http://{shown}:{listening.getsockname()[1]}"
    tell_json({"url": url}) if asked.json else tell(f"The reading room is at {url}")
    sys.stdout.flush()  # whoever reads it through a pipe waits for it
    if not guard.is_loopback(host):
        complain("Whoever reaches this machine there can read all of it: there are no accounts.")
    if not asked.quiet:
        complain("Ctrl-C stops it.")
    uvicorn.Server(config).run(sockets=[listening])

"""`veille demo`: four weeks of a sample web, lived through in a minute or so, on loopback."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from datetime import UTC
from pathlib import Path

from veille.cli.tell import complain
from veille.demo.mailbox import open_mailbox
from veille.demo.server import open_demo_web
from veille.demo.weeks import build_steps, save_demo_home
from veille.home import Home, hold_home, load_config
from veille.pipeline import collect, make_digests
from veille.store import open_store

DEMO_HOME = Path("data") / "demo"


def run_demo(home: Home, *, quiet: bool) -> None:
    """Lives through the demo's weeks in ``home`` and says where everything is."""
    with ExitStack() as open_things:
        mailbox = open_things.enter_context(open_mailbox(home.data / "mailbox"))
        web = open_things.enter_context(open_demo_web())
        save_demo_home(home.path, web.url, mailbox.port)
        config = load_config(home)
        open_things.enter_context(hold_home(home))
        store = open_things.enter_context(open_store(home.data))
        for step in build_steps():
            now = step.at.astimezone(UTC)
            web.move_to(step.at.date())
            if step.does == "collect":
                collected = asyncio.run(collect(home, config, store, now))
                complain(f"{step.at:%F} collected {collected.items_new} new items, {collected.stories_new} new stories")
            else:
                for issue in make_digests(home, config, store, now, send=True):
                    complain(f"{step.at:%F} {issue.digest_id}: {issue.entries} entries, sent to {issue.sent}")

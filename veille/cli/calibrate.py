"""The command that fits thresholds to the embedding model in use."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from veille.cli.asked import DONE, Asked, NotDoneError, app
from veille.cli.tell import tell, tell_json
from veille.home import hold_home, load_config
from veille.pipeline import calibrate
from veille.store import StoreError, open_store

if TYPE_CHECKING:
    from veille.linking import Fitted


@app.command("calibrate")
def calibrate_command(context: typer.Context) -> int:
    """Fits thresholds to the embedding model in use and to what is collected, and joins all stories anew."""
    asked: Asked = context.obj
    fitted = run_calibrate(asked)
    if asked.json:
        tell_json(asdict(fitted))
    else:
        tell(word_fitted(fitted))
    return DONE


def run_calibrate(asked: Asked) -> Fitted:
    """Calibrate the asked home and publish."""
    config = load_config(asked.home)
    try:
        with hold_home(asked.home), open_store(asked.home.data) as store:
            return calibrate(config, store, asked.now)
    except StoreError as error:
        raise NotDoneError(str(error)) from error


def word_fitted(fitted: Fitted) -> str:
    lines = [f"Fitted to {fitted.fitted_to} items, model {fitted.model}."]
    for name, value in fitted.thresholds.items():
        before = fitted.thresholds_before[name]
        was = "" if before == value else f" (was {before:.3f})"
        lines.append(f"  {name.replace('_', ' ')}: cosine {value:.3f}{was}")
    moved = f"{fitted.items_moved} items belong to another one now"
    lines.append(f"{fitted.stories} stories (were {fitted.stories_before}); {moved}.")
    return "\n".join(lines)

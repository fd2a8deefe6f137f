"""A hook for tests and drills: end this process, as a power cut would, at a numbered durable step.

``VEILLE_FAULT=name`` or ``name:n`` in the environment kills it with SIGKILL when it passes the step of that name for
the n-th time. Without the variable a step is a look into a dictionary.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from typing import Literal, get_args

FAULT = "VEILLE_FAULT"

Step = Literal[
    "commit",  # after each transaction of the store
    "collected",  # the stages of a collection, each with all that it saved
    "embedded",
    "evidence",
    "stories",
    "scores",
    "trends",
    "duplicates",
    "analysed",
    "run-kept",
    "publish-copied",
    "published",
    "file-written",  # each file of an issue and of the archive: beside its place, then in it
    "file-placed",
    "digest-recorded",
    "accepted",  # a message: taken by the mail server, then in the ledger
    "delivered",
]
STEPS: tuple[Step, ...] = get_args(Step)

_passed: Counter[str] = Counter()


def step(name: Step) -> None:
    """Say that what comes before is durable; never returns when the environment asks for the end here."""
    asked = os.environ.get(FAULT)
    if not asked:
        return
    wanted, _, nth = asked.partition(":")
    if name == wanted:
        _passed[name] += 1
        if _passed[name] == int(nth or 1):
            os.kill(os.getpid(), signal.SIGKILL)

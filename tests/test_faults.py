"""Killed between two durable steps, then run again: nothing lost, nothing twice. `bench/faults.py` tries them all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.drill import SECOND, Drill, open_drill, was_killed
from tests.smtp import Accepted
from veille.faults import STEPS


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drill]:
    """A home after its first week."""
    with open_drill(tmp_path_factory.mktemp("base") / "home") as drill:
        yield drill


@pytest.fixture(scope="module")
def calm(base: Drill, tmp_path_factory: pytest.TempPathFactory) -> Drill:
    """The same home with its second week collected, undisturbed."""
    drill = base.spawn(tmp_path_factory.mktemp("calm") / "home")
    assert drill.collect(SECOND).returncode == 0
    return drill


@pytest.fixture(scope="module")
def sent(calm: Drill, tmp_path_factory: pytest.TempPathFactory) -> tuple[Drill, list[Accepted]]:
    """And with its digest sent, undisturbed; what arrived."""
    drill = calm.spawn(tmp_path_factory.mktemp("sent") / "home")
    assert drill.digest(SECOND).returncode == 0
    return drill, drill.take_mail()


@pytest.mark.parametrize("fault", ["commit:2", "collected", "stories", "run-kept", "publish-copied"])
def test_a_killed_collection_is_made_up_for_by_the_next(fault: str, base: Drill, calm: Drill, tmp_path: Path) -> None:
    """The published copy can be read all the time, and after a rerun it says what an undisturbed run would."""
    drill = base.spawn(tmp_path / "home")
    assert was_killed(drill.collect(SECOND, fault))
    assert drill.told() in (base.told(), calm.told())
    again = drill.collect(SECOND)
    assert (again.returncode, again.stderr) == (0, "")
    assert drill.told() == calm.told()


@pytest.mark.parametrize("fault", ["file-written:2", "file-placed:3", "digest-recorded", "delivered"])
def test_a_killed_digest_is_sent_once_by_the_next(
    fault: str, calm: Drill, sent: tuple[Drill, list[Accepted]], tmp_path: Path
) -> None:
    """Wherever it ended, each recipient has the same one message in the end, and the files are the same."""
    drill = calm.spawn(tmp_path / "home")
    assert was_killed(drill.digest(SECOND, fault))
    assert drill.digest(SECOND).returncode == 0
    assert drill.take_mail() == sent[1]
    assert (drill.told(), drill.issues()) == (sent[0].told(), sent[0].issues())


def test_a_message_that_was_accepted_but_not_recorded_is_the_one_that_may_come_twice(
    calm: Drill, sent: tuple[Drill, list[Accepted]], tmp_path: Path
) -> None:
    """The repeat is the same message under the same Message-ID, so that a mailbox can tell; the others come once."""
    drill = calm.spawn(tmp_path / "home")
    assert was_killed(drill.digest(SECOND, "accepted"))
    drill.digest(SECOND)
    drill.digest(SECOND)
    assert drill.take_mail() == [sent[1][0], *sent[1]]


def test_the_steps_that_are_named_are_passed() -> None:
    """Each name stands in the code at least once, and no other does."""
    sources = [path.read_text("utf-8") for path in (Path(__file__).parent.parent / "veille").rglob("*.py")]
    passed = {name for name in STEPS if any(f'step("{name}")' in source for source in sources)}
    assert passed == set(STEPS)

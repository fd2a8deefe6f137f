"""Which telling leads a story in an issue: what the thing itself is comes first, then the reader's language. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from veille.digest.values import Candidate, Telling
from veille.stories.group import prefer
from veille.stories.titles import is_notice
from veille.values import Course, Event, Paper


def lead_in(story: Candidate, language: str) -> Candidate:
    """The story led by a telling in this language, if one is fit to stand in for the one that leads it now.

    A rule is led by what states it, as a paper is by a paper and an event by an event. A telling that says less of
    what a reader must know (`_find_facts`) stands in for none. Of several the usual preference decides.
    """
    lead = _find_fittest(find_rules(story.tellings), story.lead)
    if not _is_in(lead, language):
        peers = find_rules(story.tellings) or story.tellings
        lead = _find_fittest((one for one in peers if _is_in(one, language) and _can_replace(one, lead)), lead)
    return replace(story, item_id=lead.item_id)


def find_rules(tellings: Sequence[Telling]) -> Sequence[Telling]:
    """The tellings that make a story one of rules: those of sources on regulation that state a day of effect, else all
    where nobody but such sources tells it.

    What the press tells too is news of its topic, whoever told it first. None where something else than articles tells.
    """
    if any(one.kind != "article" for one in tellings):
        return ()
    official = [one for one in tellings if one.section == "regulation"]
    return [one for one in official if one.in_force] or (official if len(official) == len(tellings) else ())


def _find_fittest(tellings: Iterable[Telling], otherwise: Telling) -> Telling:
    tellings = list(tellings)
    if not tellings or otherwise in tellings:
        return otherwise
    return min(tellings, key=lambda one: prefer(one, one.first_seen_at, one.item_id))


def _is_in(telling: Telling, language: str) -> bool:
    return (telling.language or "").split("-")[0].lower() == language


def _can_replace(one: Telling, lead: Telling) -> bool:
    return one.kind == lead.kind and {*_find_facts(lead)} <= {*_find_facts(one)}


def _find_facts(telling: Telling) -> Iterator[tuple[str, object]]:
    """What is lost on a reader when a telling without it leads: days and deadlines, that a thing is off or a paper
    retracted, that a work is published, its design, and that it is the work and no notice of it."""
    details, evidence = telling.details, telling.evidence
    if isinstance(details, Event):
        yield from (("deadline", deadline) for deadline in details.deadlines)
    if isinstance(details, Event | Course):
        said = {"starts": details.starts_on, "ends": details.ends_on or details.starts_on}
        said |= {"enrolment": details.enrolment_ends_on} if isinstance(details, Course) else {}
        yield from ((name, day) for name, day in said.items() if day is not None)
        if details.status != "planned":
            yield "status", details.status
    if isinstance(details, Paper):
        yield from (("paper", mark) for mark, holds in _mark_paper(details).items() if holds)
    if evidence is not None and evidence.design != "unknown":
        yield "evidence", "design"
    if not is_notice(telling.title):
        yield "title", "work"


def _mark_paper(paper: Paper) -> dict[str, bool]:
    return {"retracted": bool(paper.is_retracted), "published": not paper.is_preprint}

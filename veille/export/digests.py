"""What lies beside each issue to be taken away: its papers and its dates. The same digest gives the same bytes."""

from __future__ import annotations

from veille.digest.values import Digest
from veille.export.bibtex import render_bibtex
from veille.export.ics import render_ics
from veille.export.values import build_records


def render_bibliography(digest: Digest) -> str:
    """``digest.bib``: every paper that the issue tells, be it as another telling of a story; empty without any."""
    papers = [record for record in build_records(digest) if record.telling.kind == "paper"]
    return render_bibtex(papers, digest.language)


def render_agenda(digest: Digest) -> str:
    """``agenda.ics``: every dated thing that the issue tells, with its deadlines; an empty calendar without any."""
    return render_ics(build_records(digest), digest.language, digest.title)

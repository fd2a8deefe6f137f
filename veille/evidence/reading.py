"""The parts of an abstract put together: structured data first, then its own words."""

from __future__ import annotations

from veille.evidence.design import find_design
from veille.evidence.effects import find_effect
from veille.evidence.samples import find_sample_size
from veille.evidence.sentences import split_abstract
from veille.evidence.settings import find_setting
from veille.evidence.stated import design_of
from veille.values import Evidence, Item, Paper


def read_evidence(item: Item) -> Evidence:
    """See `veille.evidence.read_evidence`."""
    sentences = split_abstract(item.title, item.summary)
    stated = design_of(item.details.design) if isinstance(item.details, Paper) else None
    design, quote = (stated, None) if stated else find_design(sentences)
    effect = find_effect(sentences)
    return Evidence(
        design=design,
        design_quote=quote,
        sample_size=find_sample_size(sentences, design),
        setting=find_setting(sentences),
        effect=effect.stated if effect else None,
        effect_quote=effect.quote if effect else None,
    )

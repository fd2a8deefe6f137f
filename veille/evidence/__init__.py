"""What a paper says of how it knows: the design that it claims, on how many, where, with what effect.

Everything is read from the title and the summary of an item, by rules that a person can read, or taken from what the
source states in data, which wins. It is a description of what is claimed, never a grade.
"""

from __future__ import annotations

from veille.values import Evidence, Item

RULES = "5"  # another mark, and everything that is stored is read again


def read_evidence(item: Item) -> Evidence:
    """What this item's own words say. Quotes are substrings of its title or its summary."""
    # Here, because the cues take longer to compile than a collection that brings nothing takes.
    from veille.evidence.reading import read_evidence as read

    return read(item)

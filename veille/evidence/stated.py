"""What sources state of a study in their own data, in our words."""

from __future__ import annotations

import re

# The first that fits, so that the more particular stand first. Publication types and study designs, as OpenAlex,
# PubMed, Crossref and ERIC name them.
_NAMES = (
    ("protocol", r"protocol|study plan|registered report"),
    ("meta-analysis", r"meta[- ]?anal|méta[- ]?anal"),
    ("systematic-review",
        r"(?:systematic|scoping|umbrella|rapid|cochrane).*review|evidence (?:map|synthesis)|revue systématique"
        r"|meta[- ]?synthesis"),
    ("quasi-experimental",
        r"quasi|non[- ]?randomi|single[- ]arm|before[- ]and[- ]after|interrupted time|difference[- ]in[- ]diff"
        r"|discontinuity|natural experiment|\bcontrolled clinical trial"
     r"|clinical trial,? phase|^clinical trial$|^non[- ]?controlled"),
    ("rct", r"randomi[sz]ed|\brct\b|randomisé"),
    ("qualitative", r"qualitati|ethnograph|interview|focus group|phenomenolog|grounded theory"),
    ("observational",
        r"observational|cohort|case[- ]?control|cross[- ]?sectional|longitudinal|survey|retrospective"
        r"|case (?:report|series)|prevalence|epidemiolog|correlational|registry"),
    ("methods-or-theory", r"method|theor|validation|simulation|modell?ing|conceptual|instrument development"),
    ("opinion", r"opinion|editorial|commentary|comment|letter|viewpoint|perspective|essay|position"),
)  # fmt: skip
_PATTERNS = tuple((design, re.compile(names)) for design, names in _NAMES)


def design_of(stated: str | None) -> str | None:
    """The design that a source's own word stands for; None for words that name none (`review`, `article`)."""
    said = re.sub(r"[\s_]+", " ", stated or "").strip().lower()[:200]
    return next((design for design, names in _PATTERNS if names.search(said)), None)

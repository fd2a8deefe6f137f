"""Key phrases of the weeks' titles, French and English ones that mean the same as one. Pure.

Endings are forgiven (stems). A single word must be a name or an acronym, or mostly stand alone and be rare enough to
say something. A phrase that hardly ever stands outside a longer one gives way to it, phrases of the very same stories
are one headline that many repeat, and a phrase made of the words of a topic's name says nothing about that topic.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from veille.rank.words import fold, split_words, stem
from veille.trends.candidates import Key, Standing, find_candidates
from veille.trends.joining import Vectors, pair_languages
from veille.trends.weeks import History, Told, compare, name_week

LEAST_STORIES, LEAST_SOURCES = 3, 2  # in some week
SWALLOWED = 0.7  # of a phrase's stories: so many in a longer one, and the longer one speaks for both
COMMON = 0.05  # of all stories: a word of so many is the trade's, not the week's
SHORT = 5  # letters: no common word of so few stands for itself


@dataclass(frozen=True, slots=True)
class Phrase:
    """One meaning: how it is written, and the stories whose titles say it."""

    label: str  # as it is mostly written, French before English where both occur: `tuteurs IA / AI tutors`
    stories: frozenset[int]  # positions among the stories read
    keys: tuple[Key, ...]  # one of each language that it has


@dataclass(frozen=True, slots=True)
class PhraseWeek:
    phrase: str
    topic_id: str
    week: str
    stories: int
    baseline: float | None
    surge: float | None


def count_phrases(
    tellings: Sequence[Told],
    phrases: Iterable[Phrase],
    topic_names: Mapping[str, str],
    weeks: Sequence[date],
    history: History,
) -> list[PhraseWeek]:
    """A row for each phrase, topic and week with a story of them, of phrases that some week had enough of.

    Enough is three stories from two sources, for that topic, one of ``topic_names`` (names by id). By topic, then
    phrase, then week.
    """
    wanted = frozenset(weeks)
    own = {topic_id: _all_stems(name) for topic_id, name in topic_names.items()}
    rows = []
    for phrase in phrases:
        told = [tellings[position] for position in sorted(phrase.stories)]
        for topic_id in sorted(own):
            if any(own[topic_id].issuperset(key[1:]) for key in phrase.keys):
                continue
            mine = [one for one in told if topic_id in one.topics]
            times = Counter(one.week for one in mine if one.week in wanted)
            if any(_is_enough([one for one in mine if one.week == week]) for week in times):
                compared = compare(mine, times, history)
                rows += [
                    PhraseWeek(phrase.label, topic_id, name_week(week), count, *compared.get(week, (None, None)))
                    for week, count in sorted(times.items())
                ]
    return sorted(rows, key=lambda row: (row.topic_id, row.phrase, row.week))


def _all_stems(text: str) -> frozenset[str]:
    return frozenset(stem(word, language) for word in split_words(text) for language in ("fr", "en"))


def _is_enough(told: Sequence[Told]) -> bool:
    sources = frozenset[str]().union(*(one.sources for one in told))
    return len(told) >= LEAST_STORIES and len(sources) >= LEAST_SOURCES


def find_phrases(
    tellings: Sequence[Told], find_vectors: Callable[[Sequence[str]], Vectors] | None = None
) -> list[Phrase]:
    """The phrases of these stories' titles, each in three stories at least, by label.

    ``find_vectors`` gives vectors of phrases as far as there are any; without, words and stories alone join them.
    """
    read = _read_titles(tellings)
    kept = _drop_swallowed(_drop_common(read, len(tellings)))
    labels = {key: _choose_surface(read[key].written) for key in kept}
    together = sorted({labels[key] for key, stories in kept.items() if _comes_together(stories, tellings)})
    vectors = find_vectors(together) if find_vectors and together else {}
    return sorted(_join(kept, labels, vectors), key=lambda phrase: phrase.label)


@dataclass(slots=True)
class _Occurrences:
    stories: set[int] = field(default_factory=set)
    written: Counter[str] = field(default_factory=Counter)
    standing: Counter[Standing] = field(default_factory=Counter)


def _read_titles(tellings: Sequence[Told]) -> dict[Key, _Occurrences]:
    read: dict[Key, _Occurrences] = defaultdict(_Occurrences)
    for position, told in enumerate(tellings):
        for title in told.titles:
            for key, surface, stands in find_candidates(title):
                occurrences = read[key]
                occurrences.stories.add(position)
                occurrences.written[surface] += 1
                occurrences.standing[stands] += 1
    return read


def _comes_together(told: Iterable[int], tellings: Sequence[Told]) -> bool:
    """Whether some week has two of these stories: with fewer, even its translation makes no row of it."""
    return max(Counter(tellings[position].week for position in told).values()) > 1


def _drop_common(read: Mapping[Key, _Occurrences], tellings: int) -> dict[Key, set[int]]:
    """The stories of the phrases that have enough and say something by themselves."""
    rare = max(COMMON * tellings, LEAST_STORIES)
    return {
        key: one.stories
        for key, one in read.items()
        if len(one.stories) >= LEAST_STORIES
        and (len(key) > 2 or _tells_alone(key, one.standing, rare=len(one.stories) <= rare))
    }


def _tells_alone(key: Key, standing: Counter[Standing], *, rare: bool) -> bool:
    """Whether a single word may stand for itself."""
    half = standing.total() / 2
    return standing["name"] > half or (rare and len(key[1]) > SHORT and standing["alone"] >= half)


def _choose_surface(written: Counter[str]) -> str:
    """The commonest, without the capital that only begins a title."""
    commonest = min(written, key=lambda text: (-written[text], text))
    lowered = commonest[0].lower() + commonest[1:]
    return lowered if lowered in written else commonest


def _drop_swallowed(stories: Mapping[Key, set[int]]) -> dict[Key, set[int]]:
    longer: dict[Key, set[int]] = defaultdict(set)  # of each phrase, the most stories that one longer phrase has
    for key, told in stories.items():
        for size in range(2, len(key)):
            for start in range(1, len(key) - size + 2):
                part = (key[0], *key[start : start + size - 1])
                if part != key and len(told) > len(longer[part]):
                    longer[part] = told
    left = {key: told for key, told in stories.items() if len(longer[key]) < SWALLOWED * len(told)}
    headline: dict[tuple[str, frozenset[int]], Key] = {}  # the longest phrase of the very same stories
    for key in sorted(left, key=lambda key: (-len(key), key)):
        headline.setdefault((key[0], frozenset(left[key])), key)
    return {key: left[key] for key in sorted(headline.values())}


def _join(stories: Mapping[Key, set[int]], labels: Mapping[Key, str], vectors: Vectors) -> Iterator[Phrase]:
    """Each phrase, with its counterpart in the other language where it has one."""
    partner = pair_languages(stories, labels, vectors)
    for key in sorted(stories, key=lambda key: (key[0] != "fr", key)):
        other = partner.get(key)
        if other is None:
            yield Phrase(labels[key], frozenset(stories[key]), (key,))
        elif key[0] == "fr":
            same = fold(labels[key]) == fold(labels[other])
            label = labels[key] if same else f"{labels[key]} / {labels[other]}"
            yield Phrase(label, frozenset(stories[key] | stories[other]), (key, other))

"""Whether a phrase in a message is meant as happening now.

The idea is that of NegEx and ConText (Chapman 2001, Harkema 2009): words before or
behind a phrase take it back within a limited reach. The words are in red_flags.yml.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import accumulate

from clinic.phrases import Hit, Word

_NEGATION_REACH = 6
_LONGEST_NEGATION = 8
_BARE_BREATH = 4


class Reading:
    """One message with everything that was found in it."""

    def __init__(
        self,
        said: Sequence[Word],
        hits: Sequence[Hit],
        context: Mapping[str, frozenset[int]],
        word_sets: Mapping[str, frozenset[str]],
    ) -> None:
        """`context` holds phrase numbers by kind, `word_sets` plain words by kind."""
        self._said = said
        self._word_sets = word_sets
        self._found = {
            kind: [hit for hit in hits if hit.phrase in phrases]
            for kind, phrases in context.items()
        }
        # Everything is laid out by its place once, so that a long message stays quick.
        self._taken = self._places("figures_of_speech")
        shams = self._places("not_negations")
        self._negations: dict[int, list[Hit]] = {}
        for hit in self._found["negations"]:
            if shams.isdisjoint(range(hit.start, hit.end)):
                self._negations.setdefault(hit.start, []).append(hit)
        self._breaths = self._number_breaths()
        self._lengths = Counter(self._breaths)
        self._sentences = list(accumulate(int(word.after_stop) for word in said))
        self._now = {self._breaths[mark.start] for mark in self._found["present"]}
        self._then = {self._breaths[mark.start] for mark in self._found["past"]}
        self._personal = {
            number
            for word, number in zip(said, self._breaths, strict=True)
            if word.plain in word_sets["personal"]
        }
        # Of many marks in one stretch only the outermost matters.
        self._asked_from = self._first("general", self._breaths)
        self._heard = {mark.end: mark for mark in self._found["hearsay"]}
        self._asked_until: dict[int, int] = {}
        for mark in self._found["general_after"]:
            sentence = self._sentences[mark.end - 1]
            self._asked_until[sentence] = max(mark.end, self._asked_until.get(sentence, 0))

    def _places(self, kind: str) -> set[int]:
        """The places of all words in marks of a kind."""
        return {place for mark in self._found[kind] for place in range(mark.start, mark.end)}

    def _first(self, kind: str, numbers: Sequence[int]) -> dict[int, int]:
        """For each numbered stretch where the first mark of a kind begins in it."""
        found: dict[int, int] = {}
        for mark in self._found[kind]:
            number = numbers[mark.start]
            found[number] = min(mark.start, found.get(number, mark.start))
        return found

    def stands(self, hit: Hit, *, serious: bool = False) -> bool:
        """Whether nothing around the phrase takes it back; hearsay and fear if not `serious`."""
        if not self._taken.isdisjoint(range(hit.start, hit.end)):
            return False
        if self._negated(hit) or self._past(hit) or self._general(hit):
            return False
        return serious or not self._is_hearsay(hit)

    def alone(self, hit: Hit) -> bool:
        """Whether the message says little else."""
        rest = [*self._said[: hit.start], *self._said[hit.end :]]
        return all(word.plain in self._word_sets["fillers"] for word in rest)

    def _number_breaths(self) -> list[int]:
        """For each word the number of its breath: what lies between commas, stops and "but"."""
        numbers: list[int] = []
        number = 0
        for word in self._said:
            clause_word = word.plain in self._word_sets["clause_words"]
            number += word.after_stop or word.after_comma or clause_word
            numbers.append(number)
        return numbers

    def _negated(self, hit: Hit) -> bool:
        nearby = range(hit.start - _NEGATION_REACH - _LONGEST_NEGATION, hit.start)
        before = (negation for place in nearby for negation in self._negations.get(place, ()))
        return any(self._reaches(negation, hit) for negation in before)

    def _reaches(self, negation: Hit, hit: Hit) -> bool:
        between = self._said[negation.end : hit.start]
        if len(between) > _NEGATION_REACH:
            return False
        path = self._said[negation.end : hit.start + 1]
        if any(word.after_stop for word in path):
            return False
        ends = self._word_sets["negation_ends"]
        if any(word.plain in ends for word in between):
            return False
        # "no fever, chills or chest pain" is one negation, "no, chest pain" is none.
        listed = any(word.plain in ("or", "nor", "ni", "o") for word in between)
        return listed or not any(word.after_comma for word in path)

    def _past(self, hit: Hit) -> bool:
        own = self._breaths_of(hit)
        if not self._now.isdisjoint(own):
            return False
        return any(number in self._then for number in own) or any(
            # All of a neighbouring breath: "In 2016, I had a stroke".
            number in self._then and self._lengths[number] <= _BARE_BREATH
            for number in (own.start - 1, own.stop)
        )

    def _general(self, hit: Hit) -> bool:
        own = self._breaths_of(hit)
        if self._about_someone(hit, own):
            return False
        after = len(self._said)
        if any(self._asked_from.get(breath, after) < hit.start for breath in own):
            return True
        return self._asked_until.get(self._sentences[hit.start], 0) > hit.end

    def _is_hearsay(self, hit: Hit) -> bool:
        """Whether it was only heard of or feared, before it in its breath, and is not there now."""
        for place in range(hit.start, 0, -1):
            if mark := self._heard.get(place):
                return self._breaths[mark.start] == self._breaths[hit.start]
            if self._said[place - 1].plain in self._word_sets["here"]:
                return False
        return False

    def _about_someone(self, hit: Hit, breaths: range) -> bool:
        if hit.start and self._said[hit.start - 1].plain in self._word_sets["pointers"]:
            return True
        return not self._personal.isdisjoint(breaths)

    def _breaths_of(self, hit: Hit) -> range:
        return range(self._breaths[hit.start], self._breaths[hit.end - 1] + 1)

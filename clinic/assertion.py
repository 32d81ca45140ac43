"""Whether a phrase in a message is meant as happening now.

The idea is that of NegEx and ConText (Chapman 2001, Harkema 2009): words before or
behind a phrase take it back within a limited reach. The words are in red_flags.yml.
"""

from collections.abc import Mapping, Sequence

from clinic.phrases import Hit, Word

_NEGATION_REACH = 6
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
        shams = self._found["not_negations"]
        self._negations = [
            hit for hit in self._found["negations"] if not any(hit.overlaps(sham) for sham in shams)
        ]
        self._breaths = self._number_breaths()

    def stands(self, hit: Hit, *, serious: bool = False) -> bool:
        """Whether nothing around the phrase takes it back; hearsay and fear if not `serious`."""
        if any(hit.overlaps(figure) for figure in self._found["figures_of_speech"]):
            return False
        if self._negated(hit) or self._past(hit) or self._general(hit):
            return False
        return serious or not self._heard(hit)

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
        return any(self._reaches(negation, hit) for negation in self._negations)

    def _reaches(self, negation: Hit, hit: Hit) -> bool:
        between = self._said[negation.end : hit.start]
        if negation.start >= hit.start or len(between) > _NEGATION_REACH:
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
        if any(self._within(mark, own) for mark in self._found["present"]):
            return False
        return any(
            self._within(mark, own) or self._beside(mark, own) for mark in self._found["past"]
        )

    def _general(self, hit: Hit) -> bool:
        own = self._breaths_of(hit)
        if self._about_someone(hit, own):
            return False
        before = any(
            mark.start < hit.start and self._within(mark, own) for mark in self._found["general"]
        )
        return before or any(
            mark.end > hit.end and self._same_sentence(hit.start, mark.end - 1)
            for mark in self._found["general_after"]
        )

    def _heard(self, hit: Hit) -> bool:
        if hit.start and self._said[hit.start - 1].plain in self._word_sets["pointers"]:
            return False
        return any(
            mark.start < hit.start and self._same_sentence(mark.start, hit.start)
            for mark in self._found["hearsay"]
        )

    def _about_someone(self, hit: Hit, breaths: range) -> bool:
        if hit.start and self._said[hit.start - 1].plain in self._word_sets["pointers"]:
            return True
        numbered = zip(self._said, self._breaths, strict=True)
        spoken = (word.plain for word, number in numbered if number in breaths)
        return any(word in self._word_sets["personal"] for word in spoken)

    def _breaths_of(self, hit: Hit) -> range:
        return range(self._breaths[hit.start], self._breaths[hit.end - 1] + 1)

    def _within(self, mark: Hit, breaths: range) -> bool:
        return self._breaths[mark.start] in breaths

    def _beside(self, mark: Hit, breaths: range) -> bool:
        """Whether the mark is all of a neighbouring breath ("In 2016, I had a stroke")."""
        number = self._breaths[mark.start]
        near = number in (breaths.start - 1, breaths.stop)
        return near and self._breaths.count(number) <= _BARE_BREATH

    def _same_sentence(self, first: int, last: int) -> bool:
        return not any(word.after_stop for word in self._said[first + 1 : last + 1])

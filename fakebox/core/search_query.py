"""The words of a search, and how names and texts match them."""

import re
from dataclasses import dataclass
from typing import Literal

from fakebox.core.path_rules import compose, fold, has_illegal_character, without_accents

# `anywhere`: each word at any position. `prefix`: whole words, of which the last one may be
# unfinished in a name.
MatchRule = Literal["anywhere", "prefix"]
_CHARACTERS_BEFORE, _CHARACTERS_AFTER = 40, 120


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """The words of a query.

    Attributes:
        words: the folded words, without accents if these are ignored.
        text_words: the words in lower case, as texts are compared.
        last: the last word; empty if there is none.
        rule: where in a name or a text a word has to be.
        ignore_accents: whether letters match with and without accents.
    """

    words: tuple[str, ...]
    text_words: tuple[str, ...]
    last: str
    rule: MatchRule
    ignore_accents: bool

    @classmethod
    def of(
        cls, text: str, *, rule: MatchRule = "anywhere", ignore_accents: bool = False
    ) -> "SearchQuery":
        """Return the query of a text with words that are separated by white space."""
        words = (fold(word) for word in text.split())
        found = map(without_accents, words) if ignore_accents else words
        # A word may consist of accents alone.
        kept = list(filter(None, found))
        text_words = tuple(dict.fromkeys(_lower(text).split()))
        last = kept[-1] if kept else ""
        return cls(tuple(dict.fromkeys(kept)), text_words, last, rule, ignore_accents)

    @property
    def can_match_names(self) -> bool:
        """Whether any name can match."""
        return bool(self.words) and not any(map(has_illegal_character, self.words))

    def matches_name(self, folded: str) -> bool:
        """Whether a folded name contains every word."""
        name = without_accents(folded) if self.ignore_accents else folded
        if self.rule == "anywhere":
            return all(word in name for word in self.words)
        return all(_has_word(name, word, is_prefix=word == self.last) for word in self.words)

    def matches_text(self, text: str) -> bool:
        """Whether a text contains every word, in any case."""
        lower = _lower(text)
        if self.rule == "anywhere":
            return bool(self.text_words) and all(word in lower for word in self.text_words)
        return bool(self.text_words) and all(_has_word(lower, word) for word in self.text_words)

    def excerpt(self, text: str) -> str:
        """The part of a text around the first word that is found in it."""
        text = compose(text)
        match = re.search("|".join(map(re.escape, self.text_words)), text, re.IGNORECASE)
        start, end = match.span() if match else (0, 0)
        return text[max(0, start - _CHARACTERS_BEFORE) : end + _CHARACTERS_AFTER]


def _lower(text: str) -> str:
    """Return a text in lower case. This is much faster than folding each character, as in names."""
    return compose(text).lower()


def _has_word(text: str, word: str, *, is_prefix: bool = False) -> bool:
    """Whether a text has a word that begins, and unless it is a prefix ends, at a boundary.

    A boundary is a position that has no letters or digits on both of its sides.
    """
    start = text.find(word)
    while start >= 0:
        end = start + len(word)
        if _is_boundary(text, start) and (is_prefix or _is_boundary(text, end)):
            return True
        start = text.find(word, start + 1)
    return False


def _is_boundary(text: str, position: int) -> bool:
    around = text[max(0, position - 1) : position + 1]
    return len(around) < 2 or not around.isalnum()

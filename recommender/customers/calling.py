"""What a person is called: a name, an email or a phone as staff types it, and as somebody else wrote it down.

Compared are *words*: those of a name without case, accents and punctuation, an address without case, the digits of a
phone. ``Müller`` is ``muller`` and ``mueller``, so that it is found by either, and ``Mueller`` by ``Müller``.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from recommender.events.personal import PersonalData

CallKind: TypeAlias = Literal["name", "email", "phone"]
Called: TypeAlias = tuple[CallKind, str]
"""A kind, and one word of it."""

FEWEST_DIGITS: Final = 5
"""Of a phone that is looked for."""

_TWO_LETTERS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})
_ONE_LETTER: Final = str.maketrans(
    {"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "\u0131": "i"}
)
_APOSTROPHES: Final = re.compile("['`\u2019\u02bc\u00b4]")
_BETWEEN_WORDS: Final = re.compile(r"[\W_]+")
_TRUNK_ZERO: Final = re.compile(r"\(\s*0\s*\)")
_LONGEST_COUNTRY_CODE: Final = 3


@dataclass(frozen=True, slots=True)
class Start:
    """With what a word has to begin; ``is_all``: it is that."""

    kind: CallKind
    text: str
    is_all: bool

    def begins(self, called: Called) -> bool:
        """Say whether a word does."""
        kind, word = called
        return kind == self.kind and (word == self.text if self.is_all else word.startswith(self.text))


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody is looked for by: each of ``parts`` must be met, by one of its starts."""

    parts: tuple[frozenset[Start], ...]

    def fits(self, personal: PersonalData) -> bool:
        """Say whether somebody is called so."""
        called = called_of(personal)
        return all(any(start.begins(one) for start in part for one in called) for part in self.parts)

    def longest_first(self) -> list[frozenset[Start]]:
        """Return the parts, that of the longest word, which the fewest meet, before the others."""
        return sorted(self.parts, key=lambda part: -min(len(start.text) for start in part))


def called_of(personal: PersonalData) -> frozenset[Called]:
    """Return every word by which somebody can be found; none where nothing was told.

    Examples
    --------
    >>> sorted(called_of(PersonalData(name="Zoë O'Hara", email="Zoe@Example.com", phone="+44 20 7946 0000")))
    [('email', 'zoe@example.com'), ('name', 'ohara'), ('name', 'zoe'), ('phone', '000064970244')]
    """
    found: set[Called] = {("name", word) for spelled in _spellings(personal.name or "") for word in spelled}
    if address := _folded(personal.email or ""):
        found.add(("email", address))
    if digits := _digits(personal.phone or ""):
        found.add(("phone", digits[::-1]))
    return frozenset(found)


def asked_for(kind: CallKind, text: str) -> Asked | None:
    """Return what is looked for; None where the text holds nothing to look for.

    Parameters
    ----------
    text
        Words of a name or their beginnings, in any order; a whole address; a phone, with or without the code of the
        country, or its last digits, 5 at least.

    Examples
    --------
    >>> ada = PersonalData(name="Ada Müller-Lüdenscheidt", phone="+49 (0)30 1234-567")
    >>> [asked_for("name", one).fits(ada) for one in ("MUELLER", "lüden ada", "müllerin")]
    [True, True, False]
    >>> [asked_for("phone", one).fits(ada) for one in ("030 1234567", "0049 30 1234567", "1234567", "234 567 8")]
    [True, True, True, False]
    """
    if kind == "name":
        spellings = _spellings(text)
        if not spellings[0]:
            return None
        by_word = zip(*spellings, strict=True)
        return Asked(tuple(frozenset(Start("name", word, False) for word in same) for same in by_word))
    if kind == "email":
        address = _folded(text)
        return Asked((frozenset({Start("email", address, True)}),)) if address else None
    return _asked_for_phone(_digits(text))


def _asked_for_phone(digits: str) -> Asked | None:
    """Return what the end of a number is, or one that somebody wrote down without the code of the country."""
    if len(digits) < FEWEST_DIGITS:
        return None
    shorter = (digits[code:] for code in range(1, _LONGEST_COUNTRY_CODE + 1))
    national = {Start("phone", one[::-1], True) for one in _long_enough(shorter)}
    return Asked((frozenset({Start("phone", digits[::-1], False), *national}),))


def _long_enough(numbers: Iterable[str]) -> Iterable[str]:
    """Leave out what an extension might be."""
    return (one for one in numbers if len(one) > FEWEST_DIGITS)


def _spellings(name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the words of a name twice, with one letter for each that has an accent and with two."""
    folded = _APOSTROPHES.sub("", _folded(name))
    two = folded.translate(_TWO_LETTERS)
    return _words(folded), _words(two)


def _words(folded: str) -> tuple[str, ...]:
    bare = "".join(one for one in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(one))
    return tuple(word for word in _BETWEEN_WORDS.split(bare.translate(_ONE_LETTER)) if word)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()


def _digits(phone: str) -> str:
    """Return the digits of a number without what stands for "abroad" or "not from here": 00, 0 and (0)."""
    plain = _TRUNK_ZERO.sub("", unicodedata.normalize("NFKC", phone))
    digits = "".join(str(unicodedata.decimal(one)) for one in plain if one.isdecimal())
    return digits.lstrip("0")

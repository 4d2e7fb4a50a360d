"""Mappings that are worked out when somebody reads them: much is said about what few ever look at."""

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

_Value = TypeVar("_Value")


class LateMapping(Mapping[str, _Value]):
    """A mapping that is worked out when it is first read.

    Examples
    --------
    >>> counts = LateMapping(lambda: {"owned": 2})
    >>> counts["owned"], len(counts), counts == {"owned": 2}
    (2, 1, True)
    """

    __slots__ = ("_find", "_found")

    def __init__(self, find: Callable[[], Mapping[str, _Value]]) -> None:
        self._find: Callable[[], Mapping[str, _Value]] | None = find
        self._found: Mapping[str, _Value] = {}

    def read(self) -> Mapping[str, _Value]:
        """Return what was worked out."""
        find = self._find
        if find is not None:
            # Another thread lets go of it only after it found the same.
            self._found, self._find = find(), None
        return self._found

    def __getitem__(self, name: str) -> _Value:
        return self.read()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.read())

    def __len__(self) -> int:
        return len(self.read())

    def __repr__(self) -> str:
        return repr(dict(self.read()))

    __hash__ = None  # type: ignore[assignment]  # as of a dict


def late_words(find: Callable[[], Mapping[str, str | None]]) -> LateMapping[str]:
    """Return the words of a proposal, found when its text is written; only words that are known are in it.

    Examples
    --------
    >>> words = late_words(lambda: {"item": "ring", "order": None})
    >>> words["item"], "order" in words, words == {"item": "ring"}
    ('ring', False, True)
    """
    return LateMapping(lambda: {name: word for name, word in find().items() if word})

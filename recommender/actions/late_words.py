"""The words of a proposal, found when its text is written: of many proposals few are chosen."""

from collections.abc import Callable, Iterator, Mapping


class LateWords(Mapping[str, str]):
    """A mapping that is worked out once, when it is first read; only words that are known are in it.

    Examples
    --------
    >>> words = LateWords(lambda: {"item": "ring", "order": None})
    >>> words["item"], "order" in words, words == {"item": "ring"}
    ('ring', False, True)
    """

    __slots__ = ("_find", "_found")

    def __init__(self, find: Callable[[], Mapping[str, str | None]]) -> None:
        self._find = find
        self._found: dict[str, str] | None = None

    def _words(self) -> dict[str, str]:
        if self._found is None:
            self._found = {name: word for name, word in self._find().items() if word}
        return self._found

    def __getitem__(self, name: str) -> str:
        return self._words()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._words())

    def __len__(self) -> int:
        return len(self._words())

    def __repr__(self) -> str:
        return repr(self._words())

    __hash__ = None  # type: ignore[assignment]  # as of a dict

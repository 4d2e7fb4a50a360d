"""What several actions look through, found one by one as far as any of them looks."""

from collections.abc import Iterator
from typing import Generic, TypeVar

_One = TypeVar("_One")


class Remembered(Generic[_One]):
    """The values of an iterator, to be gone through again and again.

    Examples
    --------
    >>> squares = Remembered(number * number for number in range(4))
    >>> next(iter(squares)), list(squares), list(squares)
    (0, [0, 1, 4, 9], [0, 1, 4, 9])
    """

    __slots__ = ("_found", "_rest")

    def __init__(self, values: Iterator[_One]) -> None:
        self._found: list[_One] = []
        self._rest = values

    def __iter__(self) -> Iterator[_One]:
        found, at = self._found, 0
        while True:
            if at == len(found):
                for one in self._rest:
                    found.append(one)
                    break
                else:
                    return
            yield found[at]
            at += 1

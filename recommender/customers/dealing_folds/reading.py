"""What the folds of dealings read an event with: its time in seconds, and numbers for items."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias

from recommender.types import ItemId, ItemNumber

NumberOf: TypeAlias = Callable[[str | None], int | None]
"""From an item id to its number; None without an id, and for an item that has no number."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND: Final = timedelta(seconds=1)


def seconds(moment: datetime) -> int:
    """Return whole seconds since 1970 UTC, rounded down.

    Examples
    --------
    >>> seconds(datetime(1970, 1, 1, 0, 0, 2, 999_999, tzinfo=UTC))
    2
    """
    return (moment - _EPOCH) // _SECOND


def number_reader(numbers: Mapping[ItemId, ItemNumber]) -> NumberOf:
    """Return a reader that asks for each item once: asking the log for one that it does not know takes a query.

    Examples
    --------
    >>> number_of = number_reader({ItemId("mug"): ItemNumber(3)})
    >>> number_of("mug"), number_of("lamp"), number_of(None)
    (3, None, None)
    """
    found: dict[str | None, int | None] = {None: None}

    def number_of(item_id: str | None) -> int | None:
        if item_id not in found:
            found[item_id] = numbers.get(ItemId(item_id or ""))
        return found[item_id]

    return number_of

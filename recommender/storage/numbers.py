"""Permanent item numbers: given once, in the order in which items were first seen, from 0 without gaps."""

import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from sqlalchemy import Connection, select

from recommender.storage.databases import Database
from recommender.storage.head import lock_head, move_head, read_head
from recommender.storage.rows import insert_rows
from recommender.storage.tables import item_numbers
from recommender.types import ItemId, ItemNumber


class ItemNumbers(Mapping[ItemId, ItemNumber]):
    """The numbers of all items, live: what another process added is found when it is asked for.

    Numbers never change, so a copy in memory can only be short, never wrong. A missing item costs one small query.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._number: dict[ItemId, ItemNumber] = {}
        self._ids: list[ItemId] = []
        self._loading = threading.Lock()
        self.refresh()

    def __getitem__(self, item_id: ItemId) -> ItemNumber:
        known = self._number.get(item_id)
        if known is None:
            self.refresh()
            return self._number[item_id]
        return known

    def __iter__(self) -> Iterator[ItemId]:
        return iter(tuple(self._ids))

    def __len__(self) -> int:
        return len(self._ids)

    def id_of(self, number: int) -> ItemId:
        """Return the item that has this number.

        Raises
        ------
        KeyError
            No item has it.
        """
        if number >= len(self._ids):
            self.refresh()
        if not 0 <= number < len(self._ids):
            raise KeyError(number)
        return self._ids[number]

    def ids(self) -> list[ItemId]:
        """Return all item ids, at the place of their number."""
        return list(self._ids)

    def known(self) -> dict[ItemId, ItemNumber]:
        """Return the numbers as far as they are in memory; for reading only, and fast."""
        return self._number

    def refresh(self) -> None:
        """Load what was added elsewhere."""
        with self._database.read() as connection:
            if read_head(connection).items > len(self._ids):
                self.load(connection)

    def load(self, connection: Connection) -> None:
        """Load, through ``connection``, every committed number that is not in memory yet."""
        with self._loading:
            query = select(item_numbers).where(item_numbers.c.number >= len(self._ids))
            for number, item_id in connection.execute(query.order_by(item_numbers.c.number)):
                self._publish(ItemId(item_id), number)

    def publish(self, added: Iterable[tuple[ItemId, int]]) -> None:
        """Remember numbers that were just committed, in their order."""
        with self._loading:
            for item_id, number in added:
                if number == len(self._ids):
                    self._publish(item_id, number)

    def _publish(self, item_id: ItemId, number: int) -> None:
        self._number[item_id] = ItemNumber(number)
        self._ids.append(item_id)


class NumbersOnce(Mapping[ItemId, ItemNumber]):
    """The numbers for one piece of work: the log is asked at most once for items that are not in memory.

    So events that name made-up items cost one query, however many they are. To be taken after the events were read.
    """

    def __init__(self, numbers: ItemNumbers) -> None:
        self._numbers = numbers
        self._known = numbers.known()
        self._is_fresh = False

    def __getitem__(self, item_id: ItemId) -> ItemNumber:
        known = self._known.get(item_id)
        if known is None and not self._is_fresh:
            self._numbers.refresh()
            self._is_fresh = True
            known = self._known.get(item_id)
        if known is None:
            raise KeyError(item_id)
        return known

    def __iter__(self) -> Iterator[ItemId]:
        return iter(self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)


class NewNumbers:
    """Numbers given inside one transaction that holds the head; nobody sees them before it is committed."""

    def __init__(self, numbers: ItemNumbers, connection: Connection, items: int) -> None:
        if len(numbers) < items:
            numbers.load(connection)
        self._numbers = numbers
        self._known = numbers.known()
        self._first = items
        self._added: dict[ItemId, int] = {}

    @property
    def items(self) -> int:
        """Count of all numbered items, with those of this transaction."""
        return self._first + len(self._added)

    def ensure(self, item_ids: Iterable[str]) -> None:
        """Give a number to each item that has none."""
        for raw in item_ids:
            item_id = ItemId(raw)
            if item_id not in self._known and item_id not in self._added:
                self._added[item_id] = self._first + len(self._added)

    def has(self, item_id: str) -> bool:
        """Say whether an item has a number."""
        return ItemId(item_id) in self._known or ItemId(item_id) in self._added

    def number_of(self, item_id: str) -> int:
        """Return the number of an item that has one."""
        added = self._added.get(ItemId(item_id))
        return self._known[ItemId(item_id)] if added is None else added

    def write(self, connection: Connection) -> None:
        """Write the new numbers in this transaction."""
        insert_rows(connection, item_numbers, [(number, item_id) for item_id, number in self._added.items()])

    def committed(self) -> None:
        """Make the new numbers visible to this process; call it when the transaction is durable."""
        self._numbers.publish(self._added.items())


def number_items(database: Database, numbers: ItemNumbers, item_ids: Iterable[ItemId]) -> None:
    """Give a permanent number to each item that has none, in one durable transaction."""
    with database.write() as connection:
        head = lock_head(connection)
        new = NewNumbers(numbers, connection, head.items)
        new.ensure(item_ids)
        new.write(connection)
        move_head(connection, replace(head, items=new.items))
    new.committed()

"""What ``rapport find`` prints: each customer, their order line by line with what is promised for its units; or who is called so."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from recommender.actions.repertoire import Repertoire
from recommender.engine.finding import Found, FoundCustomer, FoundLine, FoundOrder, FoundPeople
from recommender.promises import LedgerRow
from recommender.promises.words import fact_words
from recommender.storage.results import StoredEvent

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_NOBODY_KNOWN = "a guest, nobody known"
_MORE = "and more customers: ask for more with --limit"


def show(found: Found, repertoire: Repertoire, console: "Console") -> None:
    """Print everything that was found."""
    people = [*found.customers, *(() if found.guests is None else (found.guests,))]
    for one in people:
        whom = _NOBODY_KNOWN if one.customer_id is None else f"customer {one.customer_id}"
        console.print(whom, markup=False, style="bold")
        for order in one.orders:
            console.print(_heading(order), markup=False)
            console.print(_table(order, repertoire))
        for line in _around(one):
            console.print(f"  {line}", markup=False)
    if found.has_more:
        console.print(_MORE, markup=False)


def show_people(found: FoundPeople, console: "Console") -> None:
    """Print who is called so."""
    for one in found.customers:
        console.print(f"customer {one.customer_id}", markup=False, style="bold")
        called = (one.personal.name, one.personal.email, one.personal.phone)
        console.print(f"  {', '.join(part for part in called if part)}", markup=False)
        if one.last_bought_at is not None:
            console.print(f"  last bought {_when(one.last_bought_at)}", markup=False)
        if one.same_person:
            console.print(f"  the same person: {', '.join(one.same_person)}", markup=False)
    if found.has_more:
        console.print(_MORE, markup=False)


def _heading(order: FoundOrder) -> str:
    bought = order.bought
    parts = [f"order {bought.order_id}", _when(bought.occurred_at)]
    parts += [part for part in (bought.channel, bought.store_id) if part]
    total, currency = order.total()
    if total is not None:
        parts.append(f"{total:f} {currency or ''}".rstrip())
    if order.delivered_at is not None:
        parts.append(f"delivered {order.delivered_at:%Y-%m-%d}")
    if order.cancelled_at is not None:
        parts.append(f"CANCELLED {order.cancelled_at:%Y-%m-%d}")
    return ", ".join(parts)


def _when(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _table(order: FoundOrder, repertoire: Repertoire) -> "Table":
    from rich.markup import escape
    from rich.table import Table

    table = Table("item", "id", "serial", "quantity", "returned", "price", "")
    for row in (_row(line, repertoire) for line in order.lines):
        table.add_row(*map(escape, row))
    return table


def _row(one: FoundLine, repertoire: Repertoire) -> tuple[str, ...]:
    line = one.line
    price = "" if line.unit_price is None else f"{line.unit_price:f} {line.currency or ''}".rstrip()
    less = "" if not line.discount else f" - {line.discount:f}"
    gift = f"gift for {line.recipient}" if line.recipient else "gift" if line.is_gift else ""
    returned = f"{one.returned:g}" if one.returned else ""
    return (
        _name(line.item_id, one.number, repertoire),
        line.item_id,
        line.serial or "",
        f"{line.quantity:g}",
        returned,
        price + less,
        gift,
    )


def _name(item_id: str, number: int, repertoire: Repertoire) -> str:
    """Return what a person calls an item; one that was numbered after the catalogue was read is called by its id."""
    name = repertoire.catalogue.name(number)
    return item_id if name == f"#{number}" else name


def _around(one: FoundCustomer) -> Iterator[str]:
    for row in one.promises:
        yield f"promised: {_promise(row)}"
    for stored in one.mentions:
        yield f"{_when(stored.event.occurred_at)}: {_kind(stored)} ({stored.event.source}/{stored.event.event_id})"


def _promise(row: LedgerRow) -> str:
    unit = row.obligation.unit
    which = unit.serial or unit.order_id
    booked = row.obligation.booking
    said = f"{fact_words(row.obligation, row.zone)} [{which}]"
    if booked is None:
        return said
    return f"{said}, booked for {datetime.fromtimestamp(booked.starts_s, row.zone):%Y-%m-%d %H:%M}"


def _kind(stored: StoredEvent) -> str:
    return str(stored.event.__struct_config__.tag).replace("_", " ")

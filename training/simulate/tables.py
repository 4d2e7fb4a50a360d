"""A report as tables for people."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from training.simulate.report import Promises, SideReport, SimulationReport

if TYPE_CHECKING:
    from rich.table import Table

MOST_STOPPED: Final = 20
MOST_MISSED: Final = 15


def parts_of(report: SimulationReport) -> "Iterator[Table | str]":
    """Yield what there is to show, in reading order."""
    yield _heading(report)
    yield _totals(report)
    yield from (table for table in (_said(report), _weeks(report)) if table.row_count)
    yield from _stopped(report.new)
    yield from _missed(report.new.promises)
    yield from report.notes


def _heading(report: SimulationReport) -> str:
    return (
        f"{report.days} {'day' if report.days == 1 else 'days'}, {report.first_day} to {report.last_day}, decided at {report.decided_at} "
        f"({report.time_zone}), model {report.model_version}\n"
        f"new: {_named(report.new)}\nagainst: {_named(report.against)}\n"
    )


def _named(side: SideReport) -> str:
    channels = ", ".join(side.channels) or "no channel"
    return f"{side.playbook} ({side.playbook_version[:12]}) on {channels}"


def _totals(report: SimulationReport) -> "Table":
    table = _table("", "new", "against", "difference")
    new, old, change = report.new.totals, report.against.totals, report.difference
    _add(table, "customers", _count(new.customers), _count(old.customers), "")
    for name, mine, theirs, less in (
        ("customers told something", new.customers_told, old.customers_told, change.customers_told),
        ("contacts", new.contacts, old.contacts, change.contacts),
        ("actions said", new.actions_said, old.actions_said, change.actions_said),
        ("promises missed", new.promises_missed, old.promises_missed, change.promises_missed),
        ("accepted (drawn)", new.accepted, old.accepted, change.accepted),
    ):
        _add(table, name, _count(mine), _count(theirs), f"{less:+,}")
    for name, amount, other, gap in (
        ("expected value", new.expected_value, old.expected_value, change.expected_value),
        ("goodwill", new.goodwill, old.goodwill, change.goodwill),
    ):
        _add(table, *_money(report, name, (amount, other, gap)))
    weekly = _mean(new.contacts_per_week), _mean(old.contacts_per_week), _mean(change.contacts_per_week, "+")
    _add(table, "contacts per customer and week", *weekly)
    _add(table, "customers told otherwise", "", "", _count(change.customers_told_otherwise))
    return table


def _mean(weekly: float | None, sign: str = "") -> str:
    """Return contacts in a week; of a window without a full week nobody can say."""
    return "-" if weekly is None else f"{weekly:{sign},.2f}"


def _money(report: SimulationReport, name: str, amounts: tuple[float, float, float | None]) -> Iterator[str]:
    """Yield a row of money: of one currency with their difference, else each in its own."""
    mine, theirs, gap = amounts
    currency, other = report.new.currency, report.against.currency
    if gap is not None:
        yield from (f"{name} {currency or ''}".strip(), f"{mine:,.2f}", f"{theirs:,.2f}", f"{gap:+,.2f}")
    else:
        yield from (
            name,
            f"{mine:,.2f} {currency or 'outcomes'}",
            f"{theirs:,.2f} {other or 'outcomes'}",
            "",
        )


def _said(report: SimulationReport) -> "Table":
    table = _table("said", "on", "times", "customers", "expected value", "change of times")
    change = {(row.action, row.channel): row.times for row in report.difference.said}
    for row in report.new.said:
        _add(
            table,
            row.action,
            row.channel or "any",
            _count(row.times),
            _count(row.customers),
            f"{row.expected_value:,.2f}",
            f"{change[row.action, row.channel]:+,}",
        )
    said = {(row.action, row.channel) for row in report.new.said}
    for row in report.against.said:
        if (row.action, row.channel) not in said:
            _add(table, row.action, row.channel or "any", "0", "0", "0.00", f"{-row.times:+,}")
    return table


def _weeks(report: SimulationReport) -> "Table":
    table = _table("contacts in a week", "customer weeks", "share", "against")
    new = {row.contacts: row.customer_weeks for row in report.new.contacts_per_week.distribution}
    old = {row.contacts: row.customer_weeks for row in report.against.contacts_per_week.distribution}
    everything = sum(new.values()) or 1
    for contacts in sorted(new.keys() | old.keys()):
        mine = new.get(contacts, 0)
        _add(table, str(contacts), _count(mine), f"{mine / everything:.1%}", _count(old.get(contacts, 0)))
    return table


def _stopped(side: SideReport) -> "Iterator[Table | str]":
    if side.shut:
        table = _table("limits shut", "by", "times", "customers")
        for shut in side.shut:
            _add(table, shut.channel, _words(shut.reason), _count(shut.times), _count(shut.customers))
        yield table
    if side.stopped:
        table = _table("stopped", "by", "decisions", "customers")
        for row in side.stopped[:MOST_STOPPED]:
            _add(table, row.action, _words(row.reason), _count(row.times), _count(row.customers))
        yield table
        yield from _rest(len(side.stopped) - MOST_STOPPED)


def _missed(promises: Promises) -> "Iterator[Table | str]":
    if promises.windows == 0:
        return
    yield (
        f"{promises.windows:,} promises were due: {promises.said:,} said, {promises.visited:,} kept by a visit, "
        f"{promises.ended:,} ended, {promises.open:,} still open, {promises.missed:,} missed.\n"
    )
    if promises.rows:
        table = _table("missed", "plan", "item", "due", "in time until", "stopped by", "")
        for row in promises.rows[:MOST_MISSED]:
            what = row.customer_id, row.plan, row.item_id, row.due, row.in_time_until
            _add(table, *what, _words(row.reason), row.because)
        yield table
        yield from _rest(len(promises.rows) - MOST_MISSED)


def _rest(rows: int) -> Iterator[str]:
    if rows > 0:
        yield f"... and {rows:,} more; --json FILE has them all.\n"


def _words(reason: str) -> str:
    return reason.replace("_", " ")


def _count(number: int) -> str:
    return f"{number:,}"


def _table(first: str, *columns: str) -> "Table":
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column(first, overflow="fold")
    for column in columns:
        table.add_column(column, overflow="fold", justify="right" if column in _NUMBERS else "left")
    return table


_NUMBERS: Final = frozenset(
    {
        "new",
        "against",
        "difference",
        "times",
        "customers",
        "expected value",
        "change of times",
        "customer weeks",
        "share",
        "decisions",
    }
)


def _add(table: "Table", *cells: str) -> None:
    from rich.text import Text

    table.add_row(*(Text(cell) for cell in cells))

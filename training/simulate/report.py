"""The result of a simulation: what is printed, and the JSON that other programs read."""

import inspect
from typing import Any, Final, Literal

import msgspec

from training.simulate.tally import Said, Stopped, Tally

FORMAT: Final = 1


class SaidRow(msgspec.Struct, frozen=True):
    """How often one action was said on one channel, to how many customers, and what that is expected to be worth."""

    action: str
    channel: str
    times: int
    customers: int
    expected_value: float
    goodwill: float
    accepted: int
    gained: float


class StoppedRow(msgspec.Struct, frozen=True):
    """In how many decisions a gate stopped an action, and for how many customers at least once."""

    action: str
    reason: str
    times: int
    customers: int


class ShutRow(msgspec.Struct, frozen=True):
    """How often contact limits let nothing out on a channel, whatever there was to say."""

    channel: str
    reason: str
    times: int
    customers: int


class WeekRow(msgspec.Struct, frozen=True):
    """How many customer weeks have so many outbound contacts."""

    contacts: int
    customer_weeks: int


class MissedRow(msgspec.Struct, frozen=True):
    """A promise whose window passed unsaid, and what stopped it most often.

    ``due`` and ``in_time_until``, the last day before it lapsed, are local days of ``time_zone``, where the customer
    lives; ``due_s`` is where the first begins and ``lapses_s`` where the other is over, seconds since 1970.
    """

    customer_id: str
    plan: str
    item_id: str
    order_id: str
    due_s: int
    lapses_s: int
    due: str
    in_time_until: str
    time_zone: str
    reason: str
    because: str


class Promises(msgspec.Struct, frozen=True):
    """What became of the promises whose window was open on some day; see the guide for what each number counts."""

    windows: int
    said: int
    visited: int
    ended: int
    open: int
    missed: int
    missed_by_reason: dict[str, int]
    rows: list[MissedRow]


class ContactsPerWeek(msgspec.Struct, frozen=True):
    """Outbound contacts of one customer in one full week of the window."""

    mean: float | None
    """None: the window has no full week."""
    median: int
    p90: int
    most: int
    distribution: list[WeekRow]


class Totals(msgspec.Struct, frozen=True):
    """Sums over all customers and days; money is in the playbook's currency."""

    customers: int
    customers_told: int
    decisions: int
    silent_decisions: int
    contacts: int
    actions_said: int
    expected_value: float
    goodwill: float
    accepted: int
    gained: float
    promises_missed: int
    contacts_per_week: float | None


class SideReport(msgspec.Struct, frozen=True):
    """What one playbook would have done."""

    playbook: str
    playbook_version: str
    currency: str | None
    channels: list[str]
    totals: Totals
    said: list[SaidRow]
    stopped: list[StoppedRow]
    shut: list[ShutRow]
    candidates_stopped: dict[str, int]
    contacts_per_week: ContactsPerWeek
    promises: Promises


class SaidChange(msgspec.Struct, frozen=True):
    """The new playbook less the other one, for one action and channel; see :class:`Difference` for money."""

    action: str
    channel: str
    times: int
    customers: int
    expected_value: float | None


class Difference(msgspec.Struct, frozen=True):
    """The new playbook less the other one; ``customers_told_otherwise`` are told different things, or at other times.

    Money (expected value, goodwill, what was gained) is null where the two are not in one currency.
    """

    customers_told_otherwise: int
    customers_told: int
    contacts: int
    actions_said: int
    expected_value: float | None
    goodwill: float | None
    accepted: int
    gained: float | None
    promises_missed: int
    contacts_per_week: float | None
    said: list[SaidChange]


class SimulationReport(msgspec.Struct, frozen=True, tag_field="type", tag="rapport_simulation"):
    """The whole result; ``format`` is raised when a field changes its meaning."""

    first_day: str
    last_day: str
    days: int
    decided_at: str
    time_zone: str
    model_version: str
    new: SideReport
    against: SideReport
    difference: Difference
    notes: list[str]
    format: Literal[1] = FORMAT


def schema() -> dict[str, Any]:  # the shape of a JSON Schema
    """Return the JSON Schema of a report."""
    found = msgspec.json.schema(SimulationReport)
    # Python 3.13 takes the indentation of docstrings away, earlier ones do not.
    for shape in found["$defs"].values():
        shape["description"] = inspect.cleandoc(shape["description"])
    return found


def totals_of(tally: Tally) -> Totals:
    """Return the sums of one side."""
    said = [one for channels in tally.said.values() for one in channels.values()]
    return Totals(
        customers=tally.customers,
        customers_told=tally.told,
        decisions=tally.decisions,
        silent_decisions=tally.silent,
        contacts=tally.contacts,
        actions_said=sum(one.times for one in said),
        expected_value=sum(one.expected for one in said),
        goodwill=sum(one.goodwill for one in said),
        accepted=sum(one.accepted for one in said),
        gained=sum(one.gained for one in said),
        promises_missed=sum(tally.promises.missed.values()),
        contacts_per_week=weeks_of(tally.weeks).mean,
    )


def said_rows(said: dict[str, dict[str, Said]]) -> list[SaidRow]:
    """Return what was said, most often first."""
    rows = [
        SaidRow(
            action, channel, one.times, one.customers, one.expected, one.goodwill, one.accepted, one.gained
        )
        for action, channels in said.items()
        for channel, one in channels.items()
    ]
    return sorted(rows, key=lambda row: (-row.times, row.action, row.channel))


def stopped_rows(stopped: dict[str, dict[str, Stopped]]) -> list[StoppedRow]:
    """Return what was stopped, most often first."""
    rows = [
        StoppedRow(action, reason, one.times, one.customers)
        for action, reasons in stopped.items()
        for reason, one in reasons.items()
    ]
    return sorted(rows, key=lambda row: (-row.times, row.action, row.reason))


def shut_rows(shut: dict[str, dict[str, Stopped]]) -> list[ShutRow]:
    """Return which channels were shut, most often first."""
    rows = [ShutRow(row.action, row.reason, row.times, row.customers) for row in stopped_rows(shut)]
    return sorted(rows, key=lambda row: (-row.times, row.channel, row.reason))


def weeks_of(weeks: dict[int, int]) -> ContactsPerWeek:
    """Return the distribution of contacts per customer week.

    Examples
    --------
    >>> found = weeks_of({0: 6, 1: 3, 5: 1})
    >>> found.mean, found.median, found.p90, found.most
    (0.8, 0, 1, 5)
    >>> weeks_of({}).mean is None
    True
    """
    count = sum(weeks.values())
    ordered = sorted(weeks.items())
    return ContactsPerWeek(
        mean=sum(contacts * often for contacts, often in ordered) / count if count else None,
        median=_quantile(ordered, 0.5),
        p90=_quantile(ordered, 0.9),
        most=max(weeks, default=0),
        distribution=[WeekRow(contacts, often) for contacts, often in ordered],
    )


def _quantile(ordered: list[tuple[int, int]], share: float) -> int:
    """Return the smallest number that at least this share does not exceed; 0 of nothing."""
    wanted, seen = share * sum(often for _, often in ordered), 0
    for contacts, often in ordered:
        seen += often
        if seen >= wanted:
            return contacts
    return 0


def difference_of(new: SideReport, against: SideReport, differing: int) -> Difference:
    """Return the new side less the other."""
    a, b, is_money = new.totals, against.totals, new.currency == against.currency
    return Difference(
        customers_told_otherwise=differing,
        customers_told=a.customers_told - b.customers_told,
        contacts=a.contacts - b.contacts,
        actions_said=a.actions_said - b.actions_said,
        expected_value=a.expected_value - b.expected_value if is_money else None,
        goodwill=a.goodwill - b.goodwill if is_money else None,
        accepted=a.accepted - b.accepted,
        gained=a.gained - b.gained if is_money else None,
        promises_missed=a.promises_missed - b.promises_missed,
        contacts_per_week=None
        if a.contacts_per_week is None or b.contacts_per_week is None
        else a.contacts_per_week - b.contacts_per_week,
        said=_changes(new.said, against.said, is_money=is_money),
    )


def _changes(new: list[SaidRow], old: list[SaidRow], *, is_money: bool) -> list[SaidChange]:
    mine = {(row.action, row.channel): row for row in new}
    theirs = {(row.action, row.channel): row for row in old}
    nothing = SaidRow("", "", 0, 0, 0.0, 0.0, 0, 0.0)
    changes = []
    for key in sorted(mine.keys() | theirs.keys()):
        one, other = mine.get(key, nothing), theirs.get(key, nothing)
        changes.append(
            SaidChange(
                *key,
                one.times - other.times,
                one.customers - other.customers,
                one.expected_value - other.expected_value if is_money else None,
            )
        )
    return sorted(changes, key=lambda row: (-abs(row.times), row.action, row.channel))

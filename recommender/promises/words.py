"""What a reminder says: which unit, when it was bought, when it was last seen, what lapses and when."""

from zoneinfo import ZoneInfo

from recommender.promises.calendar import Calendar
from recommender.promises.obligation import Obligation


def reminder_words(obligation: Obligation, zone: ZoneInfo, seen_s: int | None = None) -> dict[str, str]:
    """Return the words that a reminder's text may use, without those that nobody knows; ``item`` is the caller's.

    Parameters
    ----------
    obligation
        What is owed.
    zone
        The customer's; dates are local days, ISO 8601.
    seen_s
        When the unit was last serviced for anything else, if it was.

    Returns
    -------
    dict
        ``service``, ``date`` (due), ``until`` (the last day in time), ``bought``, ``last_seen`` (``never`` before the
        first visit), ``order``, and where known ``serial`` and ``consequence``.

    Examples
    --------
    >>> from recommender.customers.dealings import Unit
    >>> from recommender.playbook.model import ItemSelector, ServicePlan, Span
    >>> plan = ServicePlan("care", "Inspection", ItemSelector(), Span(6), None, Span(), Span(), None, frozenset(),
    ...     consequence="the warranty")
    >>> one = Obligation(plan, Unit(7, "1042", "1", None, 1_709_200_000, 1), "due", 1_724_889_600, 1_722_297_600,
    ...     1_726_185_600, None, None, None)
    >>> reminder_words(one, ZoneInfo("UTC"))
    {'service': 'Inspection', 'date': '2024-08-29', 'until': '2024-09-12', 'bought': '2024-02-29', 'last_seen': 'never', \
'order': '1042', 'consequence': 'the warranty'}
    """
    plan, unit = obligation.plan, obligation.unit
    seen = [one for one in (obligation.last_visit_s, seen_s) if one is not None]
    words = {
        "service": plan.name,
        "date": local_day(obligation.due_s, zone),
        "until": local_day(obligation.lapses_s - 1, zone),
        "bought": local_day(unit.bought_s, zone),
        "last_seen": local_day(max(seen), zone) if seen else "never",
        "order": unit.order_id,
        "serial": unit.serial or "",
        "consequence": plan.consequence,
    }
    return {name: word for name, word in words.items() if word}


def fact_words(obligation: Obligation, zone: ZoneInfo) -> str:
    """Say where a promise stands, for receipts.

    Examples
    --------
    >>> from recommender.customers.dealings import Unit
    >>> from recommender.playbook.model import ItemSelector, ServicePlan, Span
    >>> plan = ServicePlan("care", "Inspection", ItemSelector(), Span(6), None, Span(), Span(), None, frozenset())
    >>> one = Obligation(plan, Unit(7, "1042", "1", None, 1_709_200_000, 1), "overdue", 1_724_889_600, 1_722_297_600,
    ...     1_726_185_600, None, None, None)
    >>> fact_words(one, ZoneInfo("UTC"))
    'Inspection overdue since 2024-08-29, lapses after 2024-09-12'
    """
    name, due, last = (
        obligation.plan.name,
        local_day(obligation.due_s, zone),
        local_day(obligation.lapses_s - 1, zone),
    )
    match obligation.state:
        case "overdue":
            return f"{name} overdue since {due}, lapses after {last}"
        case "lapsed":
            return f"{name} was due on {due}, lapsed after {last}"
        case "satisfied":
            return f"{name} done, nothing follows"
        case "ended":
            return f"{name} ended"
        case _:
            return f"{name} due on {due}"


def local_day(at_s: int, zone: ZoneInfo) -> str:
    """Return the local date of a moment, ISO 8601.

    Examples
    --------
    >>> local_day(1_709_200_000, ZoneInfo("Asia/Tokyo"))
    '2024-02-29'
    """
    return str(Calendar(zone.key, whole_days=True).point(at_s).wall.date())

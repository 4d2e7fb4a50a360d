"""A playbook as tables for people."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from recommender.playbook.conditions.vocabulary import FACTS, FUNCTIONS, SHORT_FORMS
from recommender.playbook.document.durations import say_span
from recommender.playbook.document.scalars import WEEKDAYS
from recommender.playbook.kinds import ActionKind
from recommender.playbook.model import (
    Action,
    Cap,
    Goodwill,
    ItemSelector,
    Playbook,
    QuietHours,
    ServicePlan,
    Span,
)

if TYPE_CHECKING:
    from rich.table import Table

EVERY_DAY = frozenset(range(7))
USUAL = Action("", ActionKind.DO_NOTHING)
"""What an action has where a playbook does not say."""


def parts_of(playbook: Playbook) -> "Iterator[Table | str]":
    """Yield what there is to show, in reading order."""
    yield _heading(playbook)
    yield _actions(playbook)
    if playbook.plans:
        yield _plans(playbook)
    if playbook.channels:
        yield _channels(playbook)
    yield from _policy(playbook)
    if playbook.ownership:
        yield _ownership(playbook)
    yield from _knobs(playbook)


def facts_table() -> "Table":
    """Return what a condition may ask."""
    table = _table("fact", "is", "says")
    for fact in FACTS.values():
        note = " Only about an item." if fact.is_about_item else ""
        _add(table, fact.form, fact.type.value, fact.doc.replace("`", "") + note)
    for function in FUNCTIONS.values():
        _add(table, f"{function.name}(TIME)", "a number", function.doc)
    for short, full in SHORT_FORMS.items():
        _add(table, short, FACTS[full].type.value, f"Short for {full}.")
    return table


def _table(*columns: str, title: str | None = None) -> "Table":
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False, title=title, title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _add(table: "Table", *cells: str) -> None:
    """Add a row as it stands: brackets of a condition are no markup."""
    from rich.text import Text

    table.add_row(*(Text(cell) for cell in cells))


def _heading(playbook: Playbook) -> str:
    currency = playbook.currency or "no currency"
    return f"{playbook.name}: {currency}, {playbook.time_zone}, version {playbook.version[:12]}\n"


def _actions(playbook: Playbook) -> "Table":
    table = _table("action", "kind", "value", "prior", "channels", "about", "rules", title="Actions")
    for action in playbook.actions:
        _add(
            table,
            action.id,
            action.kind.value,
            _worth(action),
            f"{action.prior:g}",
            ", ".join(sorted(action.channels)) or "all",
            _about(action),
            "\n".join(
                (*_conditions(action), *_moments(action, ZoneInfo(playbook.time_zone)), *_limits(action))
            ),
        )
    return table


def _worth(action: Action) -> str:
    parts = [f"{action.value:g}"] if action.value or not action.value_from_price else []
    parts += [f"{_percent(action.value_from_price)} of the price"] if action.value_from_price else []
    return " + ".join(parts) + (f" x {action.lever}" if action.lever else "")


def _about(action: Action) -> str:
    parts = [say_items(action.items)] if action.items != ItemSelector() else []
    parts += [", ".join(sorted(action.plans | action.occasions))] if action.plans | action.occasions else []
    return "; ".join(parts) or "all"


def _conditions(action: Action) -> Iterator[str]:
    for name in ("trigger", "audience", "applicability", "suitability"):
        condition = getattr(action, name)
        if condition is not None:
            yield f"{name}: {' '.join(condition.text.split())}"
    for condition, factor in action.context:
        yield f"x {factor:g} while {' '.join(condition.text.split())}"


def _moments(action: Action, zone: ZoneInfo) -> Iterator[str]:
    timing = action.timing
    yield from _lengths(after=timing.after_s, within=timing.within_s)
    if timing.lead_s is not None:
        yield f"lead {_length(timing.lead_s)}"
    if timing.undelivered_after_s is not None:
        yield f"counts as delivered after {_length(timing.undelivered_after_s)}"
    if action.kind is ActionKind.WIN_BACK:
        yield f"after {timing.lapse:g} usual gaps, from {timing.least_orders} orders on"
    for name, at_s in (("from", action.from_s), ("until", action.until_s)):
        if at_s is not None:
            yield f"{name} {datetime.fromtimestamp(at_s, zone):%Y-%m-%d %H:%M}"


def _limits(action: Action) -> Iterator[str]:
    cooldown = action.cooldown
    away = ", ".join(
        _lengths(
            accepted=cooldown.accepted_s,
            ignored=cooldown.ignored_s,
            dismissed=cooldown.dismissed_s,
            sent=cooldown.sent_s,
        )
    )
    if away:
        yield f"stays away: {away}"
    yield from _lengths(expires=action.expiry_s or 0)
    if action.holdout:
        yield f"{_percent(action.holdout)} never get it"
    if action.topic != USUAL.topic:
        yield f"topic: {action.topic}"
    if action.prior_weight != USUAL.prior_weight:
        yield f"the prior counts for {action.prior_weight:g} observations"
    if action.goodwill is not None:
        yield _gift(action.goodwill)
    yield from (f"{channel} costs {cost:g}" for channel, cost in action.costs.items())


def _gift(goodwill: Goodwill) -> str:
    window = f"in {_length(goodwill.per_s)}" if goodwill.per_s else "for ever"
    return f"gives {goodwill.amount:g} of {goodwill.total:g}, {goodwill.per_customer:g} each {window}"


def _lengths(**seconds: int) -> Iterator[str]:
    return (f"{name} {_length(length)}" for name, length in seconds.items() if length)


def say_items(items: ItemSelector) -> str:
    """Return a selector in words.

    Examples
    --------
    >>> say_items(ItemSelector(categories=(("Rings", "Gold"), ()), attribute=("stone", "ruby")))
    'Rings/Gold, every item; stone is ruby'
    """
    named = ["/".join(path) or "every item" for path in items.categories]
    named += [f"group {one}" for one in sorted(items.item_group_ids)]
    named += [f"item {one}" for one in sorted(items.item_ids)]
    has = [] if items.attribute is None else [" is ".join(items.attribute)]
    return "; ".join([", ".join(named) or "every item", *has])


def _plans(playbook: Playbook) -> "Table":
    table = _table(
        "plan", "service", "about", "due", "reminded", "lapses", "satisfied by", title="Service plans"
    )
    for plan in playbook.plans:
        _add(
            table,
            plan.id,
            plan.name,
            say_items(plan.items),
            _due(plan),
            _reminded(plan, playbook),
            f"{say_span(plan.grace)} after: {plan.consequence or 'nothing said'}",
            ", ".join(sorted(plan.satisfied_by)),
        )
    return table


def _reminded(plan: ServicePlan, playbook: Playbook) -> str:
    """Say from when on; what is worth nothing is not said before it is due."""
    lead = f"{say_span(plan.lead)} before"
    values = [
        action.value + plan.value
        for action in playbook.actions
        if action.kind is ActionKind.SERVICE_REMINDER and (not action.plans or plan.id in action.plans)
    ]
    if not values or max(values) > 0:
        return lead
    return f"when due; {lead} only with a value"


def _due(plan: ServicePlan) -> str:
    every = f", then every {say_span(plan.every)} from the last {plan.anchor}" if plan.every else ", once"
    until = f", for {say_span(plan.until)}" if plan.until else ""
    return f"{say_span(plan.first_after)} after purchase{every.replace('last schedule', 'purchase')}{until}"


def _channels(playbook: Playbook) -> "Table":
    table = _table("channel", "direction", "cost", title="Channels")
    for channel in playbook.channels.values():
        _add(table, channel.name, channel.direction, f"{channel.cost:g}")
    return table


def _policy(playbook: Playbook) -> Iterator[str]:
    policy = playbook.policy
    yield "\nContact policy"
    yield f"  {'subscribed customers only' if policy.needs_consent else 'whoever did not unsubscribe'}"
    yield from (f"  {_cap(cap)}" for cap in policy.caps)
    yield from (f"  {_quiet(hours)}" for hours in policy.quiet_hours)
    if policy.least_spacing_s:
        yield f"  {_length(policy.least_spacing_s)} between two contacts"
    if policy.complaint_grace_s:
        yield f"  no selling for {_length(policy.complaint_grace_s)} after a complaint was resolved"


def _cap(cap: Cap) -> str:
    where = f" by {', '.join(sorted(cap.channels))}" if cap.channels else ""
    return f"at most {cap.contacts} in {_length(cap.per_s)}{where}{_except(cap)}{_of_whom(cap)}"


def _quiet(hours: QuietHours) -> str:
    days = (
        ""
        if hours.weekdays == EVERY_DAY
        else f" on {', '.join(WEEKDAYS[day] for day in sorted(hours.weekdays))}"
    )
    where = f" by {', '.join(sorted(hours.channels))}" if hours.channels else ""
    return f"quiet from {_clock(hours.from_minute)} until {_clock(hours.until_minute)}{days}{where}{_except(hours)}{_of_whom(hours)}"


def _except(rule: Cap | QuietHours) -> str:
    return f", but for {', '.join(sorted(rule.except_kinds))}" if rule.except_kinds else ""


def _of_whom(rule: Cap | QuietHours) -> str:
    return "" if rule.preference is None else ', of who prefers {} = "{}"'.format(*rule.preference)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _percent(share: float) -> str:
    return f"{share * 100:g}%"


def _length(seconds: int) -> str:
    days, rest = divmod(seconds, 86_400)
    return say_span(Span(days=days, seconds=rest))


def _ownership(playbook: Playbook) -> "Table":
    table = _table("scope", "ownership", title="\nOwnership")
    for rule in playbook.ownership:
        scope = (
            f"group {rule.item_group_id}"
            if rule.category is None
            else "/".join(rule.category) or "every item"
        )
        after = f", {rule.cool_down_days} days" if rule.cool_down_days else ""
        _add(table, scope, f"{rule.kind}{after}")
    return table


def _knobs(playbook: Playbook) -> Iterator[str]:
    if playbook.levers:
        yield "\nLevers: " + ", ".join(f"{name} {factor:g}" for name, factor in playbook.levers.items())
    if playbook.epsilon:
        yield f"Exploration: {_percent(playbook.epsilon)} of decisions"
    if playbook.most_per_category is not None:
        yield f"Diversity: at most {playbook.most_per_category} of one category"

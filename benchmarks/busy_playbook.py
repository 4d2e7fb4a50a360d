"""A playbook of 50 actions and customers with whom much happened: what the benchmark of actions decides."""

from dataclasses import replace

import numpy as np

from recommender.catalog import Catalogue
from recommender.customers import CustomerState
from recommender.customers.dealings import (
    Asked,
    Booking,
    Complaint,
    Consent,
    Contact,
    Dealings,
    Delivery,
    Outcome,
    Reviewed,
    SpecialDay,
    Surveyed,
    Unit,
    Visit,
)
from recommender.playbook.conditions import compile_condition
from recommender.playbook.kinds import ActionKind
from recommender.playbook.model import (
    Action,
    Cap,
    Channel,
    Condition,
    ContactPolicy,
    Cooldown,
    Goodwill,
    ItemSelector,
    Playbook,
    QuietHours,
    ServicePlan,
    Span,
    Timing,
)

_DAY = 86_400
_COUNTS = {
    ActionKind.PRODUCT_OFFER: 10,
    ActionKind.BUY_AGAIN: 4,
    ActionKind.SERVICE_REMINDER: 4,
    ActionKind.APPOINTMENT: 2,
    ActionKind.THANK_YOU: 5,
    ActionKind.REVIEW_REQUEST: 5,
    ActionKind.SURVEY: 4,
    ActionKind.APOLOGY: 3,
    ActionKind.FOLLOW_UP: 3,
    ActionKind.WIN_BACK: 4,
    ActionKind.OCCASION: 4,
    ActionKind.EASY_RETURN: 2,
}
_ABOUT_PRODUCTS = (ActionKind.PRODUCT_OFFER, ActionKind.BUY_AGAIN)
_ABOUT_GOODS = (*_ABOUT_PRODUCTS, ActionKind.THANK_YOU, ActionKind.REVIEW_REQUEST, ActionKind.FOLLOW_UP)
_TIMINGS = {ActionKind.REVIEW_REQUEST: Timing(after_s=7 * _DAY, within_s=14 * _DAY)}
_AUDIENCES = (
    "customer.orders >= 2",
    "days_since(last_purchase) < 400 and complaints.open == 0",
    'preference("newsletter") == "yes" or customer.orders > 5',
    'attribute("tier") in ("gold", "silver")',
)
_KIND_NOW = ("contacts.count_30d < 12", "hour >= 0", "today.weekday <= 7")


def busy_playbook(catalogue: Catalogue) -> Playbook:
    """Return 50 actions of every kind, half of them with an audience, a suitability, a moment and a cooldown."""
    actions = [_action(kind, one, catalogue) for kind, count in _COUNTS.items() for one in range(count)]
    return Playbook(
        version="b" * 64,
        name="busy",
        currency="EUR",
        actions=tuple(actions),
        plans=(_plan(catalogue),),
        channels={"email": Channel("email", "outbound", 0.02), "web": Channel("web", "inbound")},
        policy=ContactPolicy(
            caps=(Cap(30, 30 * _DAY), Cap(20, 7 * _DAY, frozenset({"email"}))),
            quiet_hours=(QuietHours(23 * 60, 23 * 60 + 1, frozenset({6})),),
            complaint_grace_s=3 * _DAY,
        ),
        levers={"season": 1.2},
        most_per_category=3,
    )


def _condition(text: str) -> Condition:
    return compile_condition(text, about_item=False)


def _action(kind: ActionKind, one: int, catalogue: Catalogue) -> Action:
    dressed = one % 2 == 0
    return Action(
        id=f"{kind.value}-{one}",
        kind=kind,
        text="",
        audience=_condition(_AUDIENCES[one % len(_AUDIENCES)]) if dressed else None,
        suitability=_condition(_KIND_NOW[one % len(_KIND_NOW)]) if dressed else None,
        items=_selector(kind, one, catalogue),
        channels=frozenset({"email", "web"}) if dressed else frozenset(),
        value=5.0 + one,
        context=((_condition("today.month >= 1"), 1.1),) if dressed else (),
        lever="season" if dressed else None,
        cooldown=Cooldown(30 * _DAY, 5 * _DAY, 90 * _DAY, 2 * _DAY) if dressed else Cooldown(),
        expiry_s=200 * _DAY,
        holdout=0.01 if dressed else 0.0,
        timing=_TIMINGS.get(kind, Timing()),
        goodwill=Goodwill(5.0, 20.0, 1_000.0) if kind is ActionKind.APOLOGY else None,
        survey_id=f"survey-{one}" if kind is ActionKind.SURVEY else None,
    )


def _selector(kind: ActionKind, one: int, catalogue: Catalogue) -> ItemSelector:
    """Return every item for the first of a kind, every fifth for the others."""
    if one == 0 or kind not in (ActionKind.PRODUCT_OFFER, ActionKind.BUY_AGAIN):
        return ItemSelector()
    return ItemSelector(
        item_ids=frozenset(item for item, number in catalogue.numbers.items() if number % 5 == one)
    )


def _plan(catalogue: Catalogue) -> ServicePlan:
    serviced = frozenset(item for item, number in catalogue.numbers.items() if number % 40 == 0)
    half_a_year = Span(months=6)
    return ServicePlan(
        "inspection",
        "inspection",
        ItemSelector(item_ids=serviced),
        half_a_year,
        half_a_year,
        Span(days=30),
        Span(days=30),
        Span(months=24),
        frozenset({"inspect"}),
        consequence="the warranty",
        value=50.0,
    )


def with_dealings(state: CustomerState, now_s: int, seed: int) -> CustomerState:
    """Return a customer with whom 80 more things happened in the last half year."""
    rng = np.random.default_rng(seed)
    numbers = rng.choice(state.items.number, 8).tolist()
    ago = np.sort(rng.integers(0, 180 * _DAY, 80)).tolist()
    at = [now_s - one for one in ago]
    dealings = Dealings(
        units=tuple(Unit(one, f"o{one}", None, None, now_s - 160 * _DAY, 1) for one in numbers[:2]),
        deliveries=tuple(Delivery(f"d{one}", at[one], (numbers[one % 8],)) for one in range(9, -1, -1)),
        complaints=(Complaint("c1", at[70], at[60], numbers[0], None, "high"),),
        questions=tuple(Asked(f"q{one}", at[one], numbers[one % 8], None, None) for one in range(19, 11, -1)),
        visits=tuple(Visit("inspect", at[one], numbers[0], None, None) for one in (75, 40)),
        bookings=(Booking("b1", now_s + 2 * _DAY, "booked", "inspect", numbers[1], None, at[5]),),
        surveys=tuple(Surveyed(f"survey-{one}", at[30 + one], 8.0) for one in range(3)),
        reviews=tuple(Reviewed(number, at[20 + one], 5) for one, number in enumerate(numbers[:5])),
        consents=tuple(
            Consent("email", topic, "subscribed", at[79], "crm", f"e{topic}") for topic in (None, "care")
        ),
        contacts=tuple(_contact(one, at[4 * one]) for one in range(15, -1, -1)),
        outcomes=tuple(_outcome(one, at[4 * one], numbers) for one in range(15, -1, -1)),
        special_days=(
            SpecialDay("birthday", "1990-06-12", True, None),
            SpecialDay("anniversary", "2015-02-20", True, "Sam"),
        ),
        preferences={"newsletter": "yes"},
        attributes={"tier": "gold"},
        time_zone="Europe/Berlin",
        last_seen_s=at[0],
    )
    return replace(state, dealings=dealings)


def _contact(one: int, at_s: int) -> Contact:
    kinds = tuple(_COUNTS)
    return Contact("email", f"{kinds[one % len(kinds)].value}-1", None, "sent", at_s, None, f"d{one}", None)


def _outcome(one: int, at_s: int, numbers: list[int]) -> Outcome:
    kinds = tuple(_COUNTS)
    return Outcome(f"{kinds[one % len(kinds)].value}-0", numbers[one % 8], "ignored", at_s)

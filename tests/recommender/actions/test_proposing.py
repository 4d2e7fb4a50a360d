"""Laws of all kinds together, over customers that nobody thought of."""

import functools
import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recommender.actions import (
    CustomerSituation,
    Moment,
    Proposal,
    Repertoire,
    proposals_in,
    proposals_of,
    repertoire_of,
)
from recommender.actions.proposing import PROMISING
from recommender.customers import fold
from recommender.events.vocabulary import AnyEvent
from recommender.playbook.examples import EXAMPLES, example_text
from recommender.playbook.kinds import ActionKind
from recommender.playbook.model import Action, Goodwill, ItemSelector, ServicePlan, Span, Timing
from recommender.playbook.placeholders import placeholders_of
from recommender.playbook.reading import read_playbook
from recommender.types import ItemId, ItemNumber
from tests.recommender.actions.little_shop import DAY, NOW, NOW_S, NUMBERS, SHOP, Customer, repertoire_for

FOLLOWING = [kind for kind in ActionKind if kind not in {"product_offer", "buy_again", "do_nothing"}]
PLAYBOOK = [
    Action(
        kind.value,
        kind,
        timing=Timing(within_s=40 * DAY, lead_s=10 * DAY, undelivered_after_s=3 * DAY),
        goodwill=Goodwill(5.0, 10.0, 100.0),
    )
    for kind in FOLLOWING
]
BARE = [Action(f"bare {kind}", kind) for kind in FOLLOWING]
ALIKE = [replace(action, id=f"another {action.id}") for action in PLAYBOOK]
FEW = [
    replace(action, id=f"few {action.id}", items=ItemSelector(item_ids=frozenset({"WATCH"})))
    for action in PLAYBOOK
]
CARE = ServicePlan(
    id="care",
    name="Care",
    items=ItemSelector(item_ids=frozenset({"WATCH", "RING"})),
    first_after=Span(months=1),
    every=Span(months=2),
    lead=Span(days=14),
    grace=Span(days=14),
    until=Span(months=12),
    satisfied_by=frozenset({"inspection"}),
)
REPERTOIRE = repertoire_for(*PLAYBOOK, *BARE, plans=[CARE])
SETS = (PLAYBOOK, ALIKE, BARE, FEW)
ALL_OF_THEM = repertoire_for(*itertools.chain(*SETS), plans=[CARE])
SOME_OF_THEM = [repertoire_for(*some, plans=[CARE]) for some in SETS]
ALL_NUMBERS = {**NUMBERS, ItemId("NEW-1"): ItemNumber(40), ItemId("NEW-2"): ItemNumber(9_000)}
ITEM_IDS = st.sampled_from([*map(str, ALL_NUMBERS), "NOBODY-KNOWS"])
BOUGHT = st.sampled_from([str(one) for one in ALL_NUMBERS])
ORDERS = st.sampled_from(["o0", "o1", "o2", "o3"])
TOPICS = st.sampled_from([None, "return"])
_Fields: TypeAlias = dict[str, object]


def _purchase(draw: st.DrawFn, place: int) -> _Fields:
    gift = draw(st.booleans())
    item_ids = draw(st.lists(BOUGHT, min_size=1, max_size=3))
    return {"order_id": f"o{place}", "lines": [{"item_id": one, "is_gift": gift} for one in item_ids]}


def _appointment(draw: st.DrawFn, _: int) -> _Fields:
    starts_at = NOW + timedelta(hours=draw(st.integers(-100, 400)))
    return {"appointment_id": "a", "starts_at": starts_at, "item_id": draw(ITEM_IDS)}


def _occasion(draw: st.DrawFn, place: int) -> _Fields:
    on = NOW.date() + timedelta(days=draw(st.integers(-4_000, 30)))
    return {"kind": f"day {place}", "on": on, "yearly": draw(st.booleans())}


_FIELDS: dict[str, Callable[[st.DrawFn, int], _Fields]] = {
    "purchase": _purchase,
    "return": lambda draw, _: {"lines": [{"item_id": draw(ITEM_IDS)}]},
    "delivered": lambda draw, _: {"order_id": draw(ORDERS)},
    "question": lambda draw, _: {"text": "?", "item_id": draw(ITEM_IDS), "topic": draw(TOPICS)},
    "complaint_opened": lambda draw, _: {"complaint_id": draw(ORDERS), "item_id": draw(ITEM_IDS)},
    "complaint_resolved": lambda draw, _: {"complaint_id": draw(ORDERS)},
    "review": lambda draw, _: {"item_id": draw(ITEM_IDS), "rating": draw(st.integers(1, 5))},
    "service_visit": lambda draw, _: {"service_code": "inspection", "item_id": draw(ITEM_IDS)},
    "appointment": _appointment,
    "occasion": _occasion,
}


@st.composite
def events(draw: st.DrawFn) -> list[AnyEvent]:
    """Return events of a customer between a year ago and some days ahead of now."""
    made: list[AnyEvent] = []
    for place, kind in enumerate(draw(st.lists(st.sampled_from(["purchase", *_FIELDS]), max_size=14))):
        at = NOW - timedelta(hours=draw(st.integers(-240, 9_000)))
        envelope = {"type": kind, "source": "shop", "event_id": str(place), "occurred_at": at}
        made.append(msgspec.convert({**envelope, **_FIELDS[kind](draw, place)}, AnyEvent))
    return made


def found(history: list[AnyEvent], now_s: int = NOW_S) -> tuple[CustomerSituation, list[Proposal]]:
    state = fold(history, ALL_NUMBERS, len(history), unit_items=list(REPERTOIRE.plan_items["care"]))
    situation = CustomerSituation(REPERTOIRE, state, Moment(now_s, ZoneInfo("America/Sao_Paulo")))
    return situation, proposals_in(situation)


many = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@many
@given(events(), st.integers(-30, 400))
def test_whatever_happened_every_proposal_is_sound(history: list[AnyEvent], days: int) -> None:
    situation, proposals = found(history, NOW_S + days * DAY)
    for one in proposals:
        assert one.since_s <= situation.now_s
        assert one.fact
        assert one.source == one.action.kind
        assert situation.repertoire.wordings[one.action.id].say(one.words)
        assert set(one.words) <= placeholders_of(one.action.kind)
        assert 0.0 <= one.amount <= 5.0
        assert (one.deadline_s is not None) == (one.action.kind in PROMISING)
        assert one.value == 0 or one.action.kind in PROMISING
    assert len({(one.action.id, one.item, one.subject) for one in proposals}) == len(proposals)


@many
@given(events())
def test_actions_that_share_what_they_follow_propose_what_each_would_alone(history: list[AnyEvent]) -> None:
    state = fold(history, ALL_NUMBERS, len(history), unit_items=list(REPERTOIRE.plan_items["care"]))
    zone = ZoneInfo("America/Sao_Paulo")
    together = proposals_of(ALL_OF_THEM, state, now_s=NOW_S, zone=zone)
    for alone in SOME_OF_THEM:
        own = [one for one in together if one.action in alone.playbook.actions]
        assert own == proposals_of(alone, state, now_s=NOW_S, zone=zone)


@many
@given(events())
def test_what_is_no_longer_owned_is_not_asked_about(history: list[AnyEvent]) -> None:
    situation, proposals = found(history)
    for one in proposals:
        if one.action.kind in {"review_request", "easy_return"}:
            assert one.item is not None
            assert situation.owns(one.item)
        if one.action.kind == "thank_you":
            assert one.item is not None
            assert situation.holding(one.item) is not None


@many
@given(events())
def test_the_order_of_arrival_changes_no_proposal(history: list[AnyEvent]) -> None:
    assert found(history)[1] == found(history[::-1])[1]


@pytest.mark.parametrize("example", EXAMPLES)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(history=events())
def test_the_playbooks_that_ship_propose_what_can_be_said(example: str, history: list[AnyEvent]) -> None:
    repertoire = _shipped(example)
    state = fold(history, ALL_NUMBERS, len(history))
    for one in proposals_of(repertoire, state, now_s=NOW_S, zone=ZoneInfo("Europe/Berlin")):
        assert repertoire.wordings[one.action.id].say(one.words)
        assert set(one.words) <= placeholders_of(one.action.kind)


@functools.cache
def _shipped(example: str) -> Repertoire:
    return repertoire_of(read_playbook(example_text(example)), SHOP)


def test_all_kinds_but_offers_are_proposed_for_by_one_call() -> None:
    customer = Customer().buys("RING", ago=3)
    kinds = [
        one.action.kind
        for one in proposals_of(REPERTOIRE, customer.state(), now_s=NOW_S, zone=ZoneInfo("UTC"))
    ]
    assert set(kinds) == {"thank_you", "survey", "review_request"}

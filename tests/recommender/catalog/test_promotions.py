"""What is promoted, as of a moment."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.catalog import (
    CatalogItem,
    Catalogue,
    Promotion,
    Promotions,
    check_promotion,
    promotion_columns,
)
from recommender.catalog.promotions import NEVER_S
from recommender.errors import InvalidItemError
from recommender.types import ItemId, ItemNumber

NOON = datetime(2024, 6, 3, 12, tzinfo=UTC)
NOON_S = int(NOON.timestamp())
DAY = timedelta(days=1)
DAY_S = 86_400
NUMBERS = {ItemId("mug"): ItemNumber(0), ItemId("cup"): ItemNumber(1), ItemId("pot"): ItemNumber(4)}


def show(item: str = "mug", begin: timedelta = timedelta(), days: float = 2, **changes: object) -> Promotion:
    start = NOON + begin
    fields = {
        "item_id": item,
        "kind": "display",
        "active_from": start,
        "active_until": start + days * DAY,
        "announced_at": start,
    }
    return Promotion(**(fields | changes))  # type: ignore[arg-type]  # a test names the fields it means


def plan(*promotions: Promotion) -> Promotions:
    return Promotions.of([check_promotion(one) for one in promotions], NUMBERS)


def test_it_runs_from_its_begin_until_just_before_its_end() -> None:
    found = plan(show(share=0.5))
    at = [NOON_S - 1, NOON_S, NOON_S + 2 * DAY_S - 1, NOON_S + 2 * DAY_S]
    assert [float(found.running(one, NEVER_S - 1, 5)[0, 0]) for one in at] == [0, 0.5, 0.5, 0]


def test_of_several_at_once_the_widest_counts_and_items_beyond_the_size_are_left_out() -> None:
    found = plan(show(share=0.5), show(days=3, share=0.2), show("pot"), show("cup", kind="mailer"))
    assert found.kinds == ("display", "mailer")
    assert found.running(NOON_S, NOON_S, 2).tolist() == [[0.5, 0], [0, 1]]


def test_planned_is_the_share_of_places_and_of_the_period() -> None:
    found = plan(
        show(share=0.5, announced_at=NOON - DAY), show(begin=3 * DAY, days=1, announced_at=NOON - DAY)
    )
    assert found.planned(NOON_S, NOON_S + 4 * DAY_S, NOON_S, 1).tolist() == [[0.5 * 2 / 4 + 1 * 1 / 4]]
    assert found.planned(NOON_S + DAY_S, NOON_S + 3 * DAY_S, NOON_S, 1).tolist() == [[0.25]]
    twice = plan(show(days=4), show(days=5))
    assert twice.planned(NOON_S, NOON_S + 4 * DAY_S, NOON_S, 1).tolist() == [[1.0]]


def test_a_later_announcement_holds_from_then_on() -> None:
    found = plan(show(announced_at=NOON - 3 * DAY, share=0.2), show(announced_at=NOON - DAY, share=0.8))
    known = [NOON_S - 4 * DAY_S, NOON_S - 2 * DAY_S, NOON_S - DAY_S]
    assert [round(float(found.running(NOON_S, one, 1)[0, 0]), 3) for one in known] == [0, 0.2, 0.8]


def test_a_discount_follows_from_a_price_and_the_deepest_counts() -> None:
    items = [CatalogItem(item_id="mug", price=Decimal(10), currency="EUR"), CatalogItem(item_id="cup")]
    catalogue = Catalogue.build(1, items, NUMBERS)
    found = plan(
        show(price=Decimal(6)), show(days=1, discount=0.1), show("cup", price=Decimal(6)), show("pot")
    )
    assert found.priced(catalogue).deepest(NOON_S, NOON_S + 1, NOON_S, 5).round(6).tolist() == [
        np.float32(0.4),
        0,
        0,
        0,
        0,
    ]
    assert found.deepest(NOON_S, NOON_S + 1, NOON_S, 5).tolist() == [np.float32(0.1), 0, 0, 0, 0]


def test_columns_are_those_a_ranker_has_learned() -> None:
    found = plan(show(), show("cup", kind="mailer"), show("pot", kind="coupon")).aligned(
        ["mailer", "unheard", "display"]
    )
    assert found.kinds == ("mailer", "unheard", "display")
    assert found.running(NOON_S, NOON_S, 5).tolist() == [
        [0, 0, 1],
        [1, 0, 0],
        [0, 0, 0],
        [0, 0, 0],
        [0, 0, 0],
    ]


def test_columns_hold_for_an_hour() -> None:
    found = plan(show(begin=timedelta(minutes=30)))
    early = promotion_columns(found, NOON_S + 3_599, window_s=DAY_S, size=1)
    late = promotion_columns(found, early.valid_until_s, window_s=DAY_S, size=1)
    assert (early.at_s, early.valid_until_s) == (NOON_S, NOON_S + 3_600)
    assert (early.running.tolist(), late.running.tolist()) == ([[0.0]], [[1.0]])
    assert late.past.tolist() == [[np.float32(1_800 / DAY_S)]]


def test_the_next_change_is_any_begin_end_announcement_or_withdrawal() -> None:
    found = plan(show(announced_at=NOON - DAY, withdrawn_at=NOON + DAY))
    seen, at = [], 0
    while (at := found.next_change_s(at)) != NEVER_S:
        seen.append((at - NOON_S) // DAY_S)
    assert seen == [-1, 0, 1, 2]
    assert Promotions.empty().next_change_s(0) == NEVER_S


_DAYS = st.integers(-60, 60)


@given(
    known=st.lists(st.tuples(_DAYS, st.integers(1, 20), st.integers(0, 20)), max_size=6),
    later=st.lists(st.tuples(_DAYS, st.integers(1, 90), st.integers(1, 40)), min_size=1, max_size=6),
)
def test_what_is_announced_or_called_off_later_changes_nothing_before(
    known: list[tuple[int, int, int]], later: list[tuple[int, int, int]]
) -> None:
    before = [
        show(begin=begin * DAY, days=days, announced_at=NOON + (min(begin, 0) - lead) * DAY)
        for begin, days, lead in known
    ]
    # One second after the decision is later.
    surprise = [
        show(
            "cup",
            begin=begin * DAY,
            days=days + 100,
            announced_at=NOON + timedelta(seconds=1) * after,
            discount=0.5,
        )
        for begin, days, after in later
    ]
    called_off = [
        show("mug", days=3, begin=begin * DAY, announced_at=NOON - 99 * DAY, kind="mailer")
        for begin, _, _ in later
    ]
    off_later = [
        show(
            "mug",
            days=3,
            begin=begin * DAY,
            announced_at=NOON - 99 * DAY,
            kind="mailer",
            withdrawn_at=NOON + DAY,
        )
        for begin, _, _ in later
    ]
    kinds = ["display", "mailer"]
    plain = promotion_columns(plan(*before, *called_off).aligned(kinds), NOON_S, window_s=28 * DAY_S, size=5)
    planted = promotion_columns(
        plan(*before, *off_later, *surprise).aligned(kinds), NOON_S, window_s=28 * DAY_S, size=5
    )
    for name in ("running", "planned", "past", "discount", "planned_discount"):
        assert getattr(plain, name).tobytes() == getattr(planted, name).tobytes(), name


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"active_until": NOON}, "active_until"),
        ({"announced_at": NOON + 2 * DAY}, "announced_at"),
        ({"active_from": datetime(2024, 6, 3)}, "active_from"),  # noqa: DTZ001 - that is the mistake
        ({"kind": " "}, "kind"),
        ({"share": 0.0}, "share"),
        ({"share": float("nan")}, "share"),
        ({"discount": 1.5}, "discount"),
        ({"price": Decimal(-1)}, "price"),
        ({"price": Decimal(1), "discount": 0.5}, "a price or a discount"),
    ],
)
def test_what_cannot_be_meant_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidItemError, match=message):
        check_promotion(show(**changes))  # type: ignore[arg-type]  # each case names its field

"""The playbook over a catalogue: which items an action or plan is about."""

from decimal import Decimal

import pytest

from recommender.actions import repertoire_of
from recommender.actions.item_columns import item_columns_of
from recommender.actions.item_sets import item_set_of
from recommender.catalog import CatalogItem, Catalogue
from recommender.playbook.kinds import ActionKind
from recommender.playbook.model import ItemSelector, Playbook, ServicePlan, Span, Timing
from recommender.types import ItemId, ItemNumber
from tests.recommender.actions.little_shop import DAY, SHOP, action_of, number, repertoire_for

COLUMNS = item_columns_of(SHOP)


def selected(selector: ItemSelector) -> set[str]:
    return {str(SHOP.item_id(one)) for one in item_set_of(selector, COLUMNS)}


def plan(plan_id: str, items: ItemSelector) -> ServicePlan:
    return ServicePlan(
        plan_id, plan_id, items, Span(months=6), None, Span(days=30), Span(days=30), None, frozenset()
    )


@pytest.mark.parametrize(
    ("selector", "items"),
    [
        (ItemSelector(), {"RING", "RING-S", "CHAIN", "WATCH", "BOX", "MUG"}),
        (ItemSelector(item_ids=frozenset({"RING", "MUG", "NEVER"})), {"RING", "MUG"}),
        (ItemSelector(item_group_ids=frozenset({"aurora", "never"})), {"RING", "RING-S"}),
        (ItemSelector(categories=(("Rings",),)), {"RING", "RING-S"}),
        (ItemSelector(categories=(("Rings", "Gold"), ("Chains",))), {"RING", "CHAIN"}),
        (ItemSelector(categories=(("Ring",),)), set()),
        (ItemSelector(categories=(("Rings",),), item_ids=frozenset({"BOX"})), {"RING", "RING-S", "BOX"}),
        (ItemSelector(attribute=("metal", "gold")), {"RING"}),
        (ItemSelector(categories=(("Watches",),), attribute=("metal", "gold")), set()),
        (ItemSelector(item_ids=frozenset({"POST"})), set()),
    ],
)
def test_a_selector_names_items_by_id_group_and_category_and_asks_for_an_attribute(
    selector: ItemSelector, items: set[str]
) -> None:
    assert selected(selector) == items
    assert len(item_set_of(selector, COLUMNS)) == len(items)


def test_every_item_is_also_one_that_the_catalogue_does_not_reach_yet() -> None:
    everything = item_set_of(ItemSelector(), COLUMNS)
    rings = item_set_of(ItemSelector(categories=(("Rings",),)), COLUMNS)
    assert 10_000 in everything
    assert 10_000 not in rings
    assert -1 not in everything
    assert everything.takes(None)
    assert not rings.takes(None)
    assert rings.takes(number("RING"))


def test_the_path_that_every_category_begins_with_is_as_good_as_no_selector() -> None:
    nothing, star = item_set_of(ItemSelector(), COLUMNS), item_set_of(ItemSelector(categories=((),)), COLUMNS)
    assert list(star) == list(nothing)
    assert star.takes(None)
    assert 10_000 in star
    with_more = ItemSelector(item_ids=frozenset({"RING"}), categories=(("Rings",), ()))
    assert item_set_of(with_more, COLUMNS).takes(None)
    golden = item_set_of(ItemSelector(categories=((),), attribute=("metal", "gold")), COLUMNS)
    assert list(golden) == [number("RING")]
    assert not golden.takes(None)


def test_what_any_plan_is_about_is_planned() -> None:
    repertoire = repertoire_for(
        plans=[
            plan("watches", ItemSelector(categories=(("Watches",),))),
            plan("rings", ItemSelector(item_ids=frozenset({"RING"}))),
        ]
    )
    assert [str(SHOP.item_id(one)) for one in range(len(SHOP)) if repertoire.planned[one]] == [
        "RING",
        "WATCH",
    ]
    assert list(repertoire.plan_items["watches"]) == [number("WATCH")]
    assert repertoire.is_planned(number("RING"))
    assert not repertoire.is_planned(10_000)
    assert not repertoire_for().planned.any()


def test_selectors_written_alike_are_one() -> None:
    rings = ItemSelector(categories=(("Rings",),))
    repertoire = repertoire_for(
        action_of(ActionKind.THANK_YOU, items=rings),
        action_of(ActionKind.SURVEY, items=ItemSelector(categories=(("Rings",),))),
    )
    assert repertoire.items["thank_you"] is repertoire.items["survey"]


def test_kinds_reach_as_far_as_their_most_patient_action() -> None:
    short = action_of(ActionKind.THANK_YOU, id="short", timing=Timing(within_s=DAY))
    long = action_of(ActionKind.THANK_YOU, id="long", timing=Timing(after_s=DAY, within_s=9 * DAY))
    review = action_of(
        ActionKind.REVIEW_REQUEST, timing=Timing(within_s=30 * DAY, undelivered_after_s=7 * DAY)
    )
    repertoire = repertoire_for(short, long, review)
    assert repertoire.reach_s[ActionKind.THANK_YOU] == 9 * DAY
    assert repertoire.furthest_s == 37 * DAY
    assert repertoire_for().furthest_s == 0


@pytest.mark.parametrize(("lead_s", "days"), [(None, 14), (0, 0), (3 * DAY, 3)])
def test_a_lead_reaches_as_far_as_it_says_and_as_usual_only_where_it_is_left_out(
    lead_s: int | None, days: int
) -> None:
    repertoire = repertoire_for(action_of(ActionKind.OCCASION, timing=Timing(lead_s=lead_s)))
    assert repertoire.reach_s[ActionKind.OCCASION] == repertoire.furthest_s == days * DAY


def test_another_playbook_over_the_same_shop_reads_no_item_again() -> None:
    first = repertoire_for(action_of(ActionKind.SURVEY))
    again = repertoire_of(Playbook("v2", "p", currency="EUR"), SHOP, before=first)
    assert again.columns is first.columns
    assert (
        repertoire_of(Playbook("v2", "p", currency="EUR"), Catalogue.empty(), before=first).columns
        is not first.columns
    )


def test_a_shop_without_items_has_a_repertoire() -> None:
    playbook = Playbook("v", "p", plans=(plan("all", ItemSelector()),))
    repertoire = repertoire_of(playbook, Catalogue.empty())
    assert repertoire.planned.size == 0
    assert repertoire.name(3) is None
    assert repertoire.columns.category(3) is None


def test_names_and_categories_are_those_of_the_catalogue() -> None:
    repertoire = repertoire_for()
    assert repertoire.name(number("RING")) == "Ring Aurora"
    assert repertoire.name(number("MUG")) == "MUG"
    assert repertoire.name(None) is None
    assert repertoire.columns.category(number("RING")) == "Rings/Gold"
    assert repertoire.columns.numbers_of("aurora") == (number("RING"), number("RING-S"))


def test_an_offer_can_name_its_item_and_its_price() -> None:
    repertoire = repertoire_for()
    assert repertoire.product_words(number("RING")) == {"item": "Ring Aurora", "price": "900.00 EUR"}
    assert repertoire.product_words(number("MUG")) == {"item": "MUG"}
    assert repertoire.product_words(10_000) == {"item": "#10000"}


def test_a_price_in_another_currency_than_the_playbooks_is_not_known() -> None:
    items = [
        CatalogItem(item_id="doll", price=Decimal(15_000), currency="JPY"),
        CatalogItem(item_id="ring", price=Decimal(200), currency="EUR"),
        CatalogItem(item_id="mug", price=Decimal(7)),
    ]
    numbers = {ItemId(one.item_id): ItemNumber(at) for at, one in enumerate(items)}
    shop = Catalogue.build(1, items, numbers)
    euros = repertoire_of(Playbook("v1", "p", currency="EUR"), shop)
    assert [euros.columns.price_of(at) for at in range(3)] == [None, 200.0, 7.0]
    yen = repertoire_of(Playbook("v2", "p", currency="JPY"), shop, before=euros)
    assert [yen.columns.price_of(at) for at in range(3)] == [15_000.0, None, 7.0]
    any_money = repertoire_of(Playbook("v3", "p"), shop, before=yen)
    assert [any_money.columns.price_of(at) for at in range(3)] == [15_000.0, 200.0, 7.0]

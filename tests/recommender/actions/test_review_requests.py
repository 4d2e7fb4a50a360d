"""Reviews are asked of what was delivered, kept, and is not complained about."""

from tests.recommender.actions.following import ASK_REVIEW, BACK, PATIENT_REVIEW, back, watch
from tests.recommender.actions.little_shop import (
    DAY,
    NOW_S,
    Customer,
    number,
    proposed,
    said,
)


def test_a_review_is_asked_for_only_after_the_delivery() -> None:
    bought = Customer().buys("RING", ago=20, order="1042")
    assert proposed(bought, ASK_REVIEW) == []
    assert proposed(Customer(list(bought.events)).gets("1042", ago=2), ASK_REVIEW) == []
    (request,) = proposed(bought.gets("1042", ago=4), ASK_REVIEW)
    assert (request.item, request.since_s, request.fact) == (
        number("RING"),
        NOW_S - 4 * DAY,
        "delivered 4 days ago",
    )
    assert request.words["order"] == "1042"
    assert said(request) == "What do you think of Ring Aurora? Your review helps others."


def test_without_a_delivery_the_declared_delay_counts() -> None:
    assert proposed(Customer().buys("RING", ago=9.9), PATIENT_REVIEW) == []
    (request,) = proposed(Customer().buys("RING", ago=10), PATIENT_REVIEW)
    assert (request.since_s, request.fact) == (NOW_S - 3 * DAY, "counts as delivered since 3 days ago")


def test_a_late_delivery_counts_and_not_the_delay() -> None:
    arrived_yesterday = Customer().buys("RING", ago=12, order="1").gets("1", ago=1)
    assert proposed(arrived_yesterday, PATIENT_REVIEW) == []


def test_what_a_delivery_left_out_is_not_asked_about_until_it_comes() -> None:
    customer = Customer().buys("RING", "CHAIN", ago=20, order="1").gets("1", ago=12, lines=("0",))
    assert [one.item for one in proposed(customer, PATIENT_REVIEW)] == [number("RING")]
    customer.gives_back("RING", ago=5).gets("1", ago=4, lines=("1",))
    (request,) = proposed(customer, PATIENT_REVIEW)
    assert (request.item, request.fact) == (number("CHAIN"), "delivered 4 days ago")


def test_a_delivery_leaves_other_orders_as_they_are() -> None:
    customer = Customer().buys("RING", "CHAIN", ago=30, order="1").buys("RING", ago=20, order="2")
    customer.buys("BOX", "CHAIN", ago=16, order="3").gets("2", ago=15)
    assert {(one.item, one.fact) for one in proposed(customer, PATIENT_REVIEW)} == {
        (number("RING"), "delivered 15 days ago"),
        (number("CHAIN"), "counts as delivered since 9 days ago"),
        (number("BOX"), "counts as delivered since 9 days ago"),
    }


def test_a_delivery_of_which_everything_came_back_holds_no_other_order_back() -> None:
    customer = Customer().buys("RING", ago=20, order="1").buys("CHAIN", ago=16, order="2").gets("1", ago=12)
    assert [one.item for one in proposed(customer, PATIENT_REVIEW)] == [number("RING"), number("CHAIN")]
    customer.gives_back("RING", ago=2)
    assert [one.item for one in proposed(customer, PATIENT_REVIEW)] == [number("CHAIN")]


def test_of_goods_that_were_bought_twice_a_unit_says_which_order_was_delivered() -> None:
    def patient() -> Customer:
        return Customer().buys("WATCH", "RING", ago=20, order="1").buys("WATCH", "BOX", ago=16, order="2")

    asked = {one.item for one in proposed(patient().gets("1", ago=12, lines=("0",)), PATIENT_REVIEW)}
    assert asked == {number("WATCH"), number("BOX")}
    asked = {one.item for one in proposed(patient().gets("2", ago=12, lines=("0",)), PATIENT_REVIEW)}
    assert asked == {number("WATCH"), number("RING")}


def test_goods_given_back_reviewed_or_given_away_are_not_asked_about() -> None:
    delivered = Customer().buys("RING", "CHAIN", ago=9, order="1").gets("1", ago=5)
    assert [one.item for one in proposed(delivered, ASK_REVIEW)] == [number("RING"), number("CHAIN")]
    delivered.gives_back("CHAIN", ago=1).reviews("RING", 5, ago=1)
    assert proposed(delivered, ASK_REVIEW) == []
    gift = Customer().buys("RING", ago=12, gift_for="mother")
    assert proposed(gift, PATIENT_REVIEW) == []


def test_a_gift_of_something_that_she_has_herself_is_not_asked_about() -> None:
    owner = Customer().buys("CHAIN", ago=300, order="own")
    given = Customer([*owner.events]).buys("CHAIN", ago=20, order="gift", gift_for="Mia")
    assert proposed(given, PATIENT_REVIEW) == []
    assert proposed(given.gets("gift", ago=15), PATIENT_REVIEW) == []
    low = Customer([*owner.events]).buys("CHAIN", ago=20, gift_for="Mia").reviews("CHAIN", 1, ago=2)
    assert proposed(low, BACK) == []


def test_of_one_order_with_a_gift_and_one_for_herself_hers_is_asked_about() -> None:
    customer = Customer().buys("CHAIN", ago=20, gift_for="Mia").buys("CHAIN", ago=20, order="own")
    (request,) = proposed(customer, PATIENT_REVIEW)
    assert (request.item, request.fact) == (number("CHAIN"), "counts as delivered since 13 days ago")


def test_goods_that_were_asked_about_before_their_delivery_was_told_are_not_asked_about_again() -> None:
    customer = Customer().buys("CHAIN", ago=30, order="1").is_told("review_request", 15, "CHAIN")
    assert proposed(customer, PATIENT_REVIEW) == []
    assert proposed(customer.gets("1", ago=5), PATIENT_REVIEW) == []
    customer.buys("CHAIN", ago=4.5, order="2").gets("2", ago=3)
    assert [one.words["order"] for one in proposed(customer, PATIENT_REVIEW)] == ["2"]


def test_of_two_watches_the_one_that_was_kept_is_asked_about() -> None:
    customer = Customer().add(watch(50, "old", "S1")).add(watch(20, "new", "S2"))
    customer.gets("old", ago=25).gets("new", ago=15)
    asked = [one.words["order"] for one in proposed(customer, ASK_REVIEW)]
    assert asked == ["new"]
    assert [one.words["order"] for one in proposed(customer.add(back("S1")), ASK_REVIEW)] == ["new"]
    other = Customer(customer.events[:-1]).add(back("S2"))
    assert [one.words["order"] for one in proposed(other, ASK_REVIEW)] == ["old"]


def test_a_chair_whose_leg_broke_is_not_asked_about() -> None:
    bought = Customer().buys("RING", "CHAIN", ago=9, order="1").gets("1", ago=5)
    about_the_ring = Customer([*bought.events]).complains(2, item="RING")
    assert [one.item for one in proposed(about_the_ring, ASK_REVIEW)] == [number("CHAIN")]
    assert proposed(Customer([*bought.events]).complains(2, order="1"), ASK_REVIEW) == []
    assert proposed(Customer([*bought.events]).complains(2), ASK_REVIEW) == []
    elsewhere = Customer([*bought.events]).complains(2, order="another")
    assert len(proposed(elsewhere, ASK_REVIEW)) == 2
    resolved = Customer([*bought.events]).complains(3, item="RING").is_satisfied(1)
    assert len(proposed(resolved, ASK_REVIEW)) == 2


def test_a_complaint_about_an_order_holds_for_goods_whose_order_nobody_knows() -> None:
    undelivered = Customer().buys("RING", ago=12, order="1").complains(2, order="1")
    assert proposed(undelivered, PATIENT_REVIEW) == []


def test_dear_goods_are_asked_about_first_and_no_more_than_a_few() -> None:
    customer = Customer().buys("MUG", "CHAIN", "RING", ago=9, order="1").gets("1", ago=5)
    assert [one.item for one in proposed(customer, ASK_REVIEW)] == [
        number("RING"),
        number("CHAIN"),
        number("MUG"),
    ]

"""Apologies: one per complaint, with goodwill as far as the budget goes."""

from dataclasses import replace

from recommender.playbook.model import Goodwill, ItemSelector
from tests.recommender.actions.following import SORRY
from tests.recommender.actions.little_shop import (
    Customer,
    proposed,
    said,
)


def test_an_open_complaint_is_answered_with_an_apology_and_goodwill() -> None:
    (sorry,) = proposed(Customer().buys("RING", ago=9).complains(1, item="RING"), SORRY)
    assert (sorry.amount, sorry.fact, sorry.subject) == (20.0, "complaint opened 1 day ago", "c1")
    assert said(sorry) == "We are sorry for the trouble about Ring Aurora. Please accept 20.00 EUR."


def test_a_resolved_complaint_is_apologised_for_a_while() -> None:
    lately = Customer().complains(40).is_satisfied(13)
    assert [one.fact for one in proposed(lately, SORRY)] == ["complaint resolved 13 days ago"]
    assert proposed(Customer().complains(40).is_satisfied(15), SORRY) == []


def test_one_apology_per_complaint() -> None:
    told = Customer().complains(9, item="RING").is_told("apology", 8, "RING")
    assert proposed(told, SORRY) == []
    assert proposed(told.is_satisfied(3), SORRY) == []
    assert len(proposed(told.complains(2, item="RING", complaint="c2"), SORRY)) == 1


def test_an_apology_for_one_of_two_complaints_about_an_item_leaves_the_other_to_be_answered() -> None:
    both = Customer().complains(3, item="RING", complaint="c1").complains(2, item="RING", complaint="c2")
    assert {one.subject for one in proposed(both, SORRY)} == {"c1", "c2"}
    both.is_told("apology", 1, "RING", subject="c2")
    assert [one.subject for one in proposed(both, SORRY)] == ["c1"]
    both.is_told("apology", 0.5, "RING", subject="c1")
    assert proposed(both, SORRY) == []


def test_a_complaint_that_is_told_again_with_its_item_is_the_same() -> None:
    customer = Customer().buys("RING", ago=9, order="1").complains(5, order="1")
    customer.is_told("apology", 4.5, subject="c1").complains(2, item="RING", order="1")
    assert proposed(customer, SORRY) == []
    told_twice = Customer().complains(5).complains(2, item="RING")
    assert [one.fact for one in proposed(told_twice, SORRY)] == ["complaint opened 5 days ago"]


def test_a_complaint_that_was_opened_again_after_its_end_is_apologised_for_again() -> None:
    again = Customer().complains(9).is_told("apology", 8, subject="c1").is_satisfied(6).complains(2)
    assert [one.fact for one in proposed(again, SORRY)] == ["complaint opened 2 days ago"]


def test_an_apology_is_remembered_however_long_a_complaint_is_open() -> None:
    customer = Customer().complains(520).is_told("apology", 515, subject="c1").is_told("birthday", 20)
    assert proposed(customer, SORRY) == []


def test_an_apology_that_does_not_say_for_which_complaint_is_for_all_about_its_item() -> None:
    both = Customer().complains(3, item="RING", complaint="c1").complains(2, item="RING", complaint="c2")
    assert proposed(both.is_told("apology", 1, "RING"), SORRY) == []
    assert len(proposed(both.complains(1, item="CHAIN", complaint="c3"), SORRY)) == 1


def test_an_apology_about_every_item_is_also_for_a_complaint_about_none() -> None:
    about_all = replace(SORRY, items=ItemSelector(categories=((),)))
    assert len(proposed(Customer().complains(1), about_all)) == 1
    assert (
        proposed(Customer().complains(1), replace(SORRY, items=ItemSelector(categories=(("Rings",),)))) == []
    )


def test_goodwill_stays_within_what_the_customer_had() -> None:
    before = (
        Customer()
        .is_promised("apology", 100, "r1", "CHAIN", amount=12)
        .is_told("apology", 99.99, "CHAIN", request="r1")
    )
    (sorry,) = proposed(before.complains(1, item="RING"), SORRY)
    assert sorry.amount == 30.0 - 12.0
    rich = replace(SORRY, goodwill=Goodwill(20.0, per_customer=60.0, total=1_000.0))
    assert proposed(before, rich)[0].amount == 20.0


def test_what_is_promised_to_another_request_is_spent() -> None:
    promised = Customer().is_promised("apology", 0.01, "r1", "CHAIN", amount=20).complains(1, item="RING")
    assert proposed(promised, SORRY, request="r2")[0].amount == 30.0 - 20.0
    assert proposed(promised, SORRY, request="r1")[0].amount == 20.0


def test_a_spent_budget_leaves_the_apology_without_goodwill() -> None:
    spent = Customer().is_told("apology", 100, "CHAIN").is_told("apology", 90, "CHAIN").complains(1)
    (sorry,) = proposed(spent, SORRY)
    assert sorry.amount == 0.0
    assert said(sorry) == "We are sorry for the trouble."


def test_a_budget_that_slides_gives_again_later() -> None:
    long_ago = Customer().is_told("apology", 400).is_told("apology", 390).complains(1)
    assert proposed(long_ago, SORRY)[0].amount == 20.0

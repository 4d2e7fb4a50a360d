"""Kinds that follow something that happened: a purchase, a delivery, a question, a complaint."""

from dataclasses import replace

import pytest

from recommender.events.vocabulary import OrderLine, Purchase, Question, Return, ReturnLine
from recommender.playbook.conditions import compile_condition
from recommender.playbook.kinds import ActionKind
from recommender.playbook.model import Goodwill, ItemSelector, Timing
from tests.recommender.actions.little_shop import (
    DAY,
    NOW_S,
    Customer,
    action_of,
    days_ago,
    number,
    proposed,
    said,
)

THANKS = action_of(ActionKind.THANK_YOU, timing=Timing(after_s=DAY, within_s=10 * DAY))
ASK_REVIEW = action_of(ActionKind.REVIEW_REQUEST, timing=Timing(after_s=3 * DAY, within_s=30 * DAY))
PATIENT_REVIEW = replace(ASK_REVIEW, timing=replace(ASK_REVIEW.timing, undelivered_after_s=7 * DAY))
SURVEY = action_of(ActionKind.SURVEY, timing=Timing(after_s=DAY, within_s=30 * DAY), survey_id="how")
SORRY = action_of(
    ActionKind.APOLOGY,
    timing=Timing(within_s=14 * DAY),
    goodwill=Goodwill(amount=20.0, per_customer=30.0, total=1_000.0, per_s=365 * DAY),
)
ANSWERED = action_of(ActionKind.FOLLOW_UP, timing=Timing(after_s=2 * DAY, within_s=9 * DAY))
BACK = action_of(ActionKind.EASY_RETURN, timing=Timing(within_s=30 * DAY))
KINDS = (THANKS, ASK_REVIEW, SURVEY, SORRY, ANSWERED, BACK)


def test_nobody_is_proposed_anything() -> None:
    assert proposed(Customer(), *KINDS) == []


# --- thank-you


def test_an_order_is_thanked_for_once_and_not_per_line() -> None:
    (thanks,) = proposed(Customer().buys("CHAIN", "RING", "WATCH", ago=2, order="1042"), THANKS)
    assert thanks.since_s == NOW_S - 2 * DAY
    assert thanks.fact == "bought 2 days ago"
    assert thanks.item == number("RING")
    assert said(thanks) == (
        "Thank you for buying Chain Vega, Ring Aurora and Watch Nord. Take it off for sport. Keep it dry."
    )


def test_two_orders_are_thanked_for_apart_newest_first() -> None:
    customer = Customer().buys("RING", ago=5).buys("RING", ago=2)
    assert [one.since_s for one in proposed(customer, THANKS)] == [NOW_S - 2 * DAY, NOW_S - 5 * DAY]
    assert len({one.subject for one in proposed(customer, THANKS)}) == 2


@pytest.mark.parametrize(("ago", "count"), [(0.9, 0), (1, 1), (10, 1), (10.1, 0), (-1, 0)])
def test_thanks_come_between_after_and_within(ago: float, count: int) -> None:
    assert len(proposed(Customer().buys("RING", ago=ago), THANKS)) == count


def test_without_a_within_thanks_have_their_usual_end() -> None:
    thanks = action_of(ActionKind.THANK_YOU)
    assert len(proposed(Customer().buys("RING", ago=13), thanks)) == 1
    assert proposed(Customer().buys("RING", ago=15), thanks) == []


@pytest.mark.parametrize(("ago", "count"), [(9.9, 0), (10, 1), (24, 1), (24.1, 0)])
def test_the_usual_end_of_thanks_counts_from_when_they_may_come(ago: float, count: int) -> None:
    thanks = action_of(ActionKind.THANK_YOU, timing=Timing(after_s=10 * DAY))
    assert len(proposed(Customer().buys("RING", ago=ago), thanks)) == count


def test_what_was_given_back_is_not_thanked_for() -> None:
    assert proposed(Customer().buys("RING", ago=5).gives_back("RING", ago=3), THANKS) == []
    (thanks,) = proposed(Customer().buys("RING", "CHAIN", ago=5).gives_back("RING", ago=3), THANKS)
    assert said(thanks) == "Thank you for buying Chain Vega."


def test_thanks_for_one_of_two_orders_of_an_item_leave_the_other_to_be_thanked_for() -> None:
    customer = Customer().buys("RING", ago=5).buys("RING", ago=2)
    newest, oldest = proposed(customer, THANKS)
    told = customer.is_told("thank_you", 1, "RING", subject=oldest.subject)
    assert [one.subject for one in proposed(told, THANKS)] == [newest.subject]


def test_an_order_of_which_a_part_came_back_after_the_thanks_is_not_thanked_for_again() -> None:
    customer = Customer().buys("RING", "CHAIN", ago=5, order="1")
    (thanks,) = proposed(customer, THANKS)
    customer.is_told("thank_you", 4, "RING", subject=thanks.subject).gives_back("RING", ago=2)
    assert proposed(customer, THANKS) == []


def test_thanks_are_about_the_goods_that_the_action_names() -> None:
    only_rings = replace(THANKS, items=ItemSelector(categories=(("Rings",),)))
    (thanks,) = proposed(Customer().buys("CHAIN", "RING", ago=2), only_rings)
    assert thanks.words["item"] == "Ring Aurora"
    assert proposed(Customer().buys("CHAIN", ago=2), only_rings) == []
    assert proposed(Customer().buys("POST", ago=2), THANKS) == []


def test_an_order_that_was_thanked_for_is_not_thanked_for_again() -> None:
    told = Customer().buys("RING", ago=5).is_told("thank_you", ago=3, item="RING")
    assert proposed(told, THANKS) == []
    assert len(proposed(told.buys("RING", ago=2), THANKS)) == 1


def test_parts_of_an_order_that_its_units_name_are_thanked_for_once() -> None:
    customer = Customer().buys("WATCH", "RING", ago=6, order="1").buys("WATCH", "BOX", ago=5, order="1")
    (thanks,) = proposed(customer, THANKS)
    assert (thanks.fact, thanks.words["item"]) == ("bought 6 days ago", "Watch Nord, Ring Aurora and Box")
    told = Customer([*customer.events]).is_told("thank_you", 4, "WATCH", subject=thanks.subject)
    assert proposed(told, THANKS) == []
    later_part = Customer([*customer.events]).is_told(
        "thank_you", 4, "WATCH", subject=f"order of {NOW_S - 5 * DAY}"
    )
    assert proposed(later_part, THANKS) == []
    a_day_before_the_end = replace(THANKS, timing=replace(THANKS.timing, within_s=round(5.5 * DAY)))
    assert proposed(customer, a_day_before_the_end) == []
    customer.buys("CHAIN", ago=5.5, order="2").buys("WATCH", ago=4, order="3")
    assert [one.since_s for one in proposed(customer, THANKS)] == [
        NOW_S - 4 * DAY,
        NOW_S - 5.5 * DAY,
        NOW_S - 6 * DAY,
    ]


def test_parts_of_an_order_that_one_delivery_names_are_thanked_for_once() -> None:
    customer = Customer().buys("CHAIN", ago=6, order="1").buys("RING", ago=5, order="1")
    assert len(proposed(customer, THANKS)) == 2
    (thanks,) = proposed(customer.gets("1", ago=3), THANKS)
    assert (thanks.fact, thanks.words["item"]) == ("bought 6 days ago", "Chain Vega and Ring Aurora")
    assert proposed(customer, replace(THANKS, timing=replace(THANKS.timing, within_s=round(5.5 * DAY)))) == []
    assert len(proposed(customer.buys("CHAIN", ago=2, order="2"), THANKS)) == 2


def test_an_order_of_goods_that_were_bought_again_before_they_came_is_not_taken_for_two_parts() -> None:
    customer = Customer().buys("CHAIN", "RING", ago=8, order="1").buys("CHAIN", ago=5, order="2")
    assert len(proposed(customer.gets("1", ago=3), THANKS)) == 2
    assert len(proposed(customer.gets("2", ago=2), THANKS)) == 2
    early = Customer().buys("CHAIN", "RING", ago=40, order="1").buys("CHAIN", ago=5, order="2")
    assert len(proposed(early.gets("1", ago=3), THANKS)) == 1


def test_a_reservation_stands_in_the_way_of_other_requests_until_it_ends() -> None:
    half_an_hour_ago = Customer().buys("RING", ago=5).is_promised("thank_you", 0.02, "r1", "RING")
    assert proposed(half_an_hour_ago, THANKS) == []
    assert proposed(half_an_hour_ago, THANKS, request="r2") == []
    assert len(proposed(half_an_hour_ago, THANKS, request="r1")) == 1
    two_hours_ago = Customer().buys("RING", ago=5).is_promised("thank_you", 0.09, "r1", "RING")
    assert len(proposed(two_hours_ago, THANKS)) == 1


# --- review request


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


def test_of_two_watches_thanks_are_for_the_one_that_was_kept() -> None:
    customer = Customer().add(watch(50, "old", "S1")).add(watch(8, "new", "S2"))
    assert [one.fact for one in proposed(customer.add(back("S1")), THANKS)] == ["bought 8 days ago"]
    patient = replace(THANKS, timing=Timing(within_s=60 * DAY))
    assert [one.fact for one in proposed(customer, patient)] == ["bought 8 days ago"]
    other = Customer(customer.events[:-1]).add(back("S2"))
    assert [one.fact for one in proposed(other, patient)] == ["bought 50 days ago"]
    unnumbered = Customer(customer.events[:-1]).buys("WATCH", ago=7, order="plain").add(back("S1"))
    assert [one.fact for one in proposed(unnumbered, patient)] == ["bought 7 days ago", "bought 8 days ago"]


def watch(ago: float, order: str, serial: str) -> Purchase:
    line = OrderLine(item_id="WATCH", line_id="1", serial=serial)
    return Purchase(source="shop", event_id=order, occurred_at=days_ago(ago), order_id=order, lines=(line,))


def back(serial: str) -> Return:
    line = ReturnLine(item_id="WATCH", serial=serial)
    return Return(source="shop", event_id="back", occurred_at=days_ago(5), lines=(line,))


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


# --- survey


def test_a_survey_asks_about_the_newest_of_what_was_lived() -> None:
    customer = Customer().buys("RING", ago=9, order="1")
    assert proposed(customer, SURVEY)[0].fact == "purchase 9 days ago"
    assert proposed(customer.gets("1", ago=6), SURVEY)[0].fact == "delivery 6 days ago"
    (survey,) = proposed(customer.visits("inspection", ago=3), SURVEY)
    assert (survey.fact, survey.subject) == ("visit 3 days ago", "how")
    assert proposed(Customer().buys("RING", "BOX", ago=9), SURVEY)[0].words["item"] == "Ring Aurora and Box"
    assert said(survey) == "How was your visit on 2025-06-12? Tell us in your own words."
    assert proposed(customer.buys("CHAIN", ago=0.5), SURVEY)[0].fact == "visit 3 days ago"


@pytest.mark.parametrize(
    ("trigger", "fact"),
    [
        ("days_since(visits.last) < 9", "visit 8 days ago"),
        ("days_since(last_purchase) < 9", "purchase 5 days ago"),
        ("customer.orders > 0", "purchase 5 days ago"),
    ],
)
def test_a_survey_asks_about_what_its_trigger_names(trigger: str, fact: str) -> None:
    customer = Customer().visits("inspection", ago=8).buys("RING", ago=5)
    (survey,) = proposed(customer, replace(SURVEY, trigger=compile_condition(trigger, about_item=False)))
    assert survey.fact == fact


def test_an_answered_survey_is_not_asked_again_about_the_same_nor_within_its_cooldown() -> None:
    answered = Customer().buys("RING", ago=9).answers("how", 7.0, ago=5)
    assert proposed(answered, SURVEY) == []
    assert len(proposed(answered, replace(SURVEY, survey_id="other"))) == 1
    again = answered.buys("RING", ago=2)
    assert len(proposed(again, SURVEY)) == 1
    cooling = replace(SURVEY, cooldown=replace(SURVEY.cooldown, accepted_s=6 * DAY))
    assert proposed(again, cooling) == []


# --- apology


def test_an_open_complaint_is_answered_with_an_apology_and_goodwill() -> None:
    (sorry,) = proposed(Customer().buys("RING", ago=9).complains(1, item="RING"), SORRY)
    assert (sorry.amount, sorry.fact, sorry.subject) == (20.0, "complaint opened yesterday", "c1")
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


# --- follow-up


@pytest.mark.parametrize(("ago", "count"), [(1.9, 0), (2, 1), (9, 1), (9.1, 0)])
def test_a_question_is_followed_up_in_time(ago: float, count: int) -> None:
    assert len(proposed(Customer().asks(ago), ANSWERED)) == count


def test_of_two_questions_about_an_item_each_is_followed_up_once() -> None:
    first, second = proposed(Customer().asks(4, item="RING").asks(3, item="RING"), ANSWERED)
    told = Customer().asks(4, item="RING").asks(3, item="RING")
    told.is_told("follow_up", 1, "RING", subject=first.subject)
    assert [one.subject for one in proposed(told, ANSWERED)] == [second.subject]


def test_two_questions_with_one_id_of_two_sources_are_two() -> None:
    customer = Customer().add(question("chat", 5)).add(question("mail", 4))
    newest, oldest = proposed(customer, ANSWERED)
    assert newest.subject != oldest.subject
    told = Customer([*customer.events]).is_told("follow_up", 1, subject=newest.subject)
    assert [one.subject for one in proposed(told, ANSWERED)] == [oldest.subject]
    assert proposed(told.is_told("follow_up", 0.5, subject=oldest.subject), ANSWERED) == []


def test_what_was_said_of_a_question_by_its_id_alone_counts() -> None:
    alone = Customer().add(question("chat", 5))
    (word,) = proposed(alone, ANSWERED)
    assert word.subject == "q1"
    told = alone.is_told("follow_up", 3, subject="q1")
    assert proposed(told, ANSWERED) == []
    (other,) = proposed(told.add(question("mail", 2.5)), ANSWERED)
    assert other.since_s == NOW_S - 2.5 * DAY


def question(source: str, ago: float) -> Question:
    return Question(source=source, event_id="q1", occurred_at=days_ago(ago), text="?")


def test_a_follow_up_says_what_was_asked_about() -> None:
    (word,) = proposed(Customer().asks(3, item="RING", topic="care"), ANSWERED)
    assert (word.item, word.words["topic"]) == (number("RING"), "care")
    assert said(word) == "You asked us a question about Ring Aurora on 2025-06-12. Did we answer it?"


def test_a_follow_up_comes_once_per_question() -> None:
    told = Customer().asks(5, item="RING").is_told("follow_up", 2, "RING")
    assert proposed(told, ANSWERED) == []
    assert len(proposed(Customer().asks(5).asks(4), ANSWERED)) == 2


def test_a_follow_up_about_some_goods_passes_over_questions_about_none() -> None:
    rings = replace(ANSWERED, items=ItemSelector(item_ids=frozenset({"RING"})))
    customer = Customer().asks(3).asks(4, item="RING").asks(5, item="CHAIN").asks(6, item="NEVER-SEEN")
    assert [one.item for one in proposed(customer, rings)] == [number("RING")]


# --- easy return


def test_goods_that_please_are_not_asked_back() -> None:
    assert proposed(Customer().buys("RING", ago=5), BACK) == []
    assert proposed(Customer().buys("RING", ago=5).reviews("RING", 5, ago=1), BACK) == []


def test_a_low_rating_or_a_question_about_returns_brings_the_way_back() -> None:
    (way,) = proposed(Customer().buys("RING", ago=5).reviews("RING", 2, ago=1), BACK)
    assert (way.item, way.fact, way.since_s) == (number("RING"), "rated 2 of 5 yesterday", NOW_S - DAY)
    assert said(way) == "Not happy with Ring Aurora? You can easily give it back until 2025-07-10."
    (asked,) = proposed(Customer().buys("CHAIN", ago=5).asks(2, topic="return"), BACK)
    assert (asked.item, asked.fact) == (number("CHAIN"), "asked about returns 2 days ago")


def test_what_is_too_old_or_already_back_is_not_offered_a_way_back() -> None:
    assert proposed(Customer().buys("RING", ago=31).reviews("RING", 1, ago=1), BACK) == []
    returned = Customer().buys("RING", ago=5).reviews("RING", 1, ago=3).gives_back("RING", ago=2)
    assert proposed(returned, BACK) == []
    assert proposed(Customer().buys("RING", ago=5).reviews("CHAIN", 1, ago=3), BACK) == []


def test_a_trigger_takes_the_place_of_the_signs() -> None:
    triggered = replace(BACK, trigger=compile_condition("complaints.open > 0", about_item=False))
    (complained,) = proposed(Customer().buys("CHAIN", "RING", ago=5).complains(1, item="RING"), triggered)
    assert (complained.item, complained.fact) == (number("RING"), "complained yesterday")
    (newest,) = proposed(Customer().buys("RING", ago=9).buys("CHAIN", ago=5), triggered)
    assert (newest.item, newest.fact) == (number("CHAIN"), "bought 5 days ago")


def test_an_old_question_about_returns_says_nothing_of_what_was_bought_later() -> None:
    asked_once = Customer().buys("WATCH", ago=800).asks(790, topic="return").asks(780, "RING", "return")
    assert proposed(asked_once.buys("RING", ago=5), BACK) == []
    assert proposed(asked_once.buys("CHAIN", ago=9, order="2").gets("2", ago=4), BACK) == []
    asked_again = asked_once.asks(7, topic="return")
    assert [one.item for one in proposed(asked_again, BACK)] == [number("CHAIN")]


def test_an_old_rating_is_no_sign_for_the_same_goods_bought_again() -> None:
    customer = Customer().buys("RING", ago=800).reviews("RING", 1, ago=790)
    assert proposed(customer.buys("RING", ago=9, order="2"), BACK) == []
    assert proposed(customer.gets("2", ago=5), BACK) == []
    assert len(proposed(customer.reviews("RING", 1, ago=7), BACK)) == 1


def test_of_two_watches_an_old_sign_is_for_the_one_that_was_bought_by_then() -> None:
    customer = Customer().add(watch(50, "old", "S1")).add(watch(30, "new", "S2")).gets("old", ago=25)
    (way,) = proposed(customer.asks(40, item="WATCH", topic="return"), BACK)
    assert way.words["order"] == "old"


def test_a_question_that_names_an_order_is_about_that_order_alone() -> None:
    customer = Customer().buys("RING", ago=20, order="1").gets("1", ago=15).buys("CHAIN", ago=10, order="2")
    customer.asks(5, topic="return", order="1")
    assert [one.item for one in proposed(customer, BACK)] == [number("RING")]
    assert proposed(customer.gives_back("RING", ago=4), BACK) == []
    unknown = Customer().buys("RING", ago=10, order="2").asks(5, topic="return", order="2")
    assert [one.item for one in proposed(unknown, BACK)] == [number("RING")]
    assert proposed(Customer().asks(5, topic="return", order="2").buys("RING", ago=4), BACK) == []


def test_what_is_older_than_the_goods_leaves_a_trigger_to_speak_of_the_newest() -> None:
    triggered = replace(BACK, trigger=compile_condition("customer.orders > 0", about_item=False))
    customer = Customer().buys("WATCH", ago=800).reviews("WATCH", 1, ago=790).buys("CHAIN", ago=5)
    assert [(one.item, one.fact) for one in proposed(customer, triggered)] == [
        (number("CHAIN"), "bought 5 days ago")
    ]
    assert proposed(customer.complains(40, item="WATCH"), triggered) == []


# --- what holds for all of them


def everything_happened() -> Customer:
    return (
        Customer()
        .buys("RING", "CHAIN", ago=6, order="1")
        .gets("1", ago=5)
        .reviews("CHAIN", 1, ago=4)
        .asks(3, item="RING")
        .complains(4, item="CHAIN")
        .visits("inspection", ago=3)
    )


def test_after_its_expiry_nothing_is_proposed() -> None:
    customer = everything_happened()
    assert {one.action.kind for one in proposed(customer, *KINDS)} == {one.kind for one in KINDS}
    assert proposed(customer, *[replace(one, expiry_s=2 * DAY) for one in KINDS]) == []
    lasting = [replace(one, expiry_s=30 * DAY) for one in KINDS]
    assert len(proposed(customer, *lasting)) == len(proposed(customer, *KINDS))


def test_every_proposal_can_be_told_apart_and_says_its_fact() -> None:
    found = proposed(everything_happened(), *KINDS)
    assert len({(one.action.id, one.item, one.subject) for one in found}) == len(found)
    assert all(one.fact and one.source == one.action.kind for one in found)


def test_before_anything_happened_nothing_is_proposed() -> None:
    assert proposed(everything_happened(), *KINDS, now_s=NOW_S - 20 * DAY) == []

"""Kinds that follow something that happened: a purchase, a delivery, a question, a complaint."""

from dataclasses import replace

import pytest

from recommender.events.vocabulary import Question
from recommender.playbook.conditions import compile_condition
from recommender.playbook.model import ItemSelector
from tests.recommender.actions.following import ANSWERED, BACK, KINDS, SURVEY, THANKS, watch
from tests.recommender.actions.little_shop import (
    DAY,
    NOW_S,
    Customer,
    days_ago,
    number,
    proposed,
    said,
)


def test_nobody_is_proposed_anything() -> None:
    assert proposed(Customer(), *KINDS) == []


def test_a_reservation_stands_in_the_way_of_other_requests_until_it_ends() -> None:
    half_an_hour_ago = Customer().buys("RING", ago=5).is_promised("thank_you", 0.02, "r1", "RING")
    assert proposed(half_an_hour_ago, THANKS) == []
    assert proposed(half_an_hour_ago, THANKS, request="r2") == []
    assert len(proposed(half_an_hour_ago, THANKS, request="r1")) == 1
    two_hours_ago = Customer().buys("RING", ago=5).is_promised("thank_you", 0.09, "r1", "RING")
    assert len(proposed(two_hours_ago, THANKS)) == 1


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
    assert (way.item, way.fact, way.since_s) == (number("RING"), "rated 2 of 5, 1 day ago", NOW_S - DAY)
    assert said(way) == "Not happy with Ring Aurora? You can easily give it back until 2025-07-10."
    (asked,) = proposed(Customer().buys("CHAIN", ago=5).asks(2, topic="return"), BACK)
    assert (asked.item, asked.fact) == (number("CHAIN"), "asked about returns 2 days ago")


def test_a_review_in_words_alone_leaves_a_low_rating_as_it_was_and_as_old() -> None:
    rated = Customer().buys("RING", ago=9).reviews("RING", 1, ago=5).reviews("RING", None, ago=2)
    (way,) = proposed(rated, BACK)
    assert (way.item, way.fact) == (number("RING"), "rated 1 of 5, 5 days ago")
    long_ago = Customer().buys("RING", ago=800).reviews("RING", 1, ago=790).buys("RING", ago=9, order="2")
    assert proposed(long_ago.reviews("RING", None, ago=2), BACK) == []


def test_what_is_too_old_or_already_back_is_not_offered_a_way_back() -> None:
    assert proposed(Customer().buys("RING", ago=31).reviews("RING", 1, ago=1), BACK) == []
    returned = Customer().buys("RING", ago=5).reviews("RING", 1, ago=3).gives_back("RING", ago=2)
    assert proposed(returned, BACK) == []
    assert proposed(Customer().buys("RING", ago=5).reviews("CHAIN", 1, ago=3), BACK) == []


def test_a_trigger_takes_the_place_of_the_signs() -> None:
    triggered = replace(BACK, trigger=compile_condition("complaints.open > 0", about_item=False))
    (complained,) = proposed(Customer().buys("CHAIN", "RING", ago=5).complains(1, item="RING"), triggered)
    assert (complained.item, complained.fact) == (number("RING"), "complained 1 day ago")
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

"""Complaints, contacts and what followed from them, whatever arrives when."""

from datetime import timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest

from recommender.customers import Dealings, fold
from recommender.customers.dealing_folds.bounds import (
    CONTACT_DAYS,
    MOST_ANSWERS,
    MOST_CONTACTS,
    MOST_OUTCOMES,
    MOST_OUTCOMES_IN_ALL,
    MOST_RELEASED,
    MOST_RESOLVED_COMPLAINTS,
    MOST_TOPICS,
    MOST_TOPICS_IN_ALL,
)
from recommender.customers.dealings import Given
from recommender.events.vocabulary import (
    AnyEvent,
    ComplaintOpened,
    ComplaintResolved,
    ContactBounced,
    ContactReleased,
    ContactReserved,
    ContactSent,
    Impression,
    Response,
    SaidToo,
)
from recommender.types import ItemId, ItemNumber
from tests.recommender.customers.dealings.what_happened import MUG, RING, at_s, dealings, on, said


def opened(day: float, complaint_id: str = "C", **fields: Any) -> ComplaintOpened:
    return said(ComplaintOpened, day, complaint_id=complaint_id, **fields)


def resolved(day: float, complaint_id: str = "C") -> ComplaintResolved:
    return said(ComplaintResolved, day, complaint_id=complaint_id)


@pytest.mark.parametrize(
    ("events", "opened_s", "resolved_s"),
    [
        ([opened(0)], at_s(0), None),
        ([opened(0), resolved(5)], at_s(0), at_s(5)),
        ([opened(0), resolved(5), resolved(9)], at_s(0), at_s(5)),
        ([opened(0), resolved(5), opened(7)], at_s(7), None),
        ([opened(0), resolved(5), opened(7), resolved(8)], at_s(7), at_s(8)),
        ([opened(0), opened(3)], at_s(0), None),
        ([opened(0), opened(3), resolved(5)], at_s(0), at_s(5)),
        ([opened(0), resolved(5), opened(7), opened(8)], at_s(7), None),
        ([resolved(0), opened(0.5)], at_s(0.5), at_s(0.5)),
        ([resolved(0), opened(1)], at_s(1), at_s(1)),
        ([resolved(0), opened(2)], at_s(2), None),
        ([resolved(0), opened(2), resolved(3)], at_s(2), at_s(3)),
        ([opened(0), resolved(5), opened(5)], at_s(5), None),
        ([opened(3), resolved(3)], at_s(3), at_s(3)),
        ([resolved(4)], at_s(4), at_s(4)),
    ],
    ids=[
        "open",
        "resolved",
        "resolved twice",
        "reopened",
        "reopened and resolved",
        "told twice",
        "told twice and resolved",
        "reopened and told twice",
        "resolved by a clock that is behind",
        "resolved by a clock that is a day behind",
        "reopened, and nobody told the first opening",
        "reopened and resolved, and nobody told the first opening",
        "reopened at the instant of its resolution",
        "resolved at the instant of its opening",
        "only its resolution is known",
    ],
)
def test_a_complaint_is_open_until_it_is_resolved(
    events: list[AnyEvent], opened_s: int, resolved_s: int | None
) -> None:
    for arrived in permutations(events):
        (complaint,) = dealings(*arrived).complaints
        assert (complaint.opened_s, complaint.resolved_s) == (opened_s, resolved_s)


def test_a_complaint_says_what_it_is_about_also_after_it_was_reopened_without_a_word() -> None:
    first = opened(0, item_id="ring", order_id="A", severity="low")
    (complaint,) = dealings(first, opened(3, severity="high")).complaints
    assert (complaint.number, complaint.order_id, complaint.severity) == (RING, "A", "high")


def test_open_complaints_are_all_remembered_and_of_the_resolved_ones_the_newest() -> None:
    count = MOST_RESOLVED_COMPLAINTS + 5
    open_ones = [opened(number, f"open-{number:03d}") for number in range(count)]
    done = [opened(number, f"done-{number:03d}") for number in range(count)]
    done_words = [resolved(100 + number, f"done-{number:03d}") for number in range(count)]
    found = dealings(*open_ones, *done, *done_words).complaints
    assert sum(one.resolved_s is None for one in found) == count
    kept = {one.complaint_id for one in found if one.resolved_s is not None}
    assert kept == {f"done-{number:03d}" for number in range(5, count)}


def reserved(day: float, request: str = "R", decision: str = "D", **fields: Any) -> ContactReserved:
    about = {"channel": "email", "action": "care", "item_id": "ring"} | fields
    ends = on(day) + timedelta(hours=1)
    return said(ContactReserved, day, request_id=request, decision_id=decision, expires_at=ends, **about)


def sent(day: float, **fields: Any) -> ContactSent:
    return said(ContactSent, day, **{"channel": "email", **fields})


def released(day: float, request: str = "R", decision: str = "D") -> ContactReleased:
    return said(ContactReleased, day, request_id=request, decision_id=decision)


def bounced(day: float, **fields: Any) -> ContactBounced:
    return said(ContactBounced, day, **{"channel": "email", **fields})


@pytest.mark.parametrize(
    ("events", "status", "at"),
    [
        ([reserved(0)], "reserved", 0),
        ([reserved(0), released(0)], "released", 0),
        ([reserved(0), released(0.1)], "released", 0),
        ([reserved(0), released(0.1), reserved(1, decision="D2")], "reserved", 1),
        ([reserved(0), sent(0.2, decision_id="D")], "sent", 0.2),
        ([reserved(0), sent(0.2, request_id="R")], "sent", 0.2),
        ([reserved(0), sent(0.2, request_id="R"), released(0.5)], "sent", 0.2),
        ([reserved(0), sent(0.2, decision_id="D"), bounced(0.3, decision_id="D")], "bounced", 0.2),
        ([reserved(0), bounced(0.3, request_id="R")], "bounced", 0),
        (
            [reserved(0), sent(1, decision_id="D"), bounced(2, decision_id="D"), sent(3, decision_id="D")],
            "sent",
            3,
        ),
        ([reserved(0), bounced(0.3, request_id="R"), reserved(1)], "reserved", 1),
        ([reserved(0), sent(0.2, request_id="R"), bounced(0.3, request_id="R"), reserved(1)], "reserved", 1),
        ([reserved(0), bounced(0.3, request_id="R"), reserved(1), released(2)], "released", 1),
        ([reserved(0), bounced(0.3, request_id="R"), reserved(1), sent(2, request_id="R")], "sent", 2),
        ([reserved(0), released(0.1), bounced(0.3, request_id="R"), reserved(1)], "reserved", 1),
        (
            [reserved(0), bounced(0.3, request_id="R"), reserved(1), bounced(2, request_id="R")],
            "bounced",
            1,
        ),
    ],
)
def test_the_words_on_one_contact_are_joined(events: list[AnyEvent], status: str, at: float) -> None:
    for arrived in permutations(events):
        (contact,) = dealings(*arrived).contacts
        assert (contact.status, contact.at_s) == (status, at_s(at))
        assert (contact.channel, contact.action, contact.number) == ("email", "care", RING)
        assert contact.request_id == "R"


def test_a_reservation_says_when_it_ends_and_what_goodwill_it_offers() -> None:
    (contact,) = dealings(reserved(0, amount=Decimal("12.5"), currency="EUR")).contacts
    assert (contact.expires_s, contact.amount, contact.currency) == (at_s(0) + 3_600, 12.5, "EUR")


def test_what_was_sent_without_a_reservation_is_a_contact_of_its_own() -> None:
    found = dealings(sent(0), sent(1, channel="sms", action="care", item_id="lamp"), sent(1, decision_id="X"))
    assert [(one.channel, one.action, one.number) for one in found.contacts] == [
        ("email", None, None),
        ("email", None, None),
        ("sms", "care", None),
    ]


def test_an_email_with_several_actions_is_one_contact() -> None:
    parts = [
        sent(1, decision_id="D", rank=1, action="care", item_id="ring"),
        sent(1, decision_id="D", rank=2, action="care", item_id="mug"),
        sent(1, decision_id="D", rank=3, action="survey"),
    ]
    for arrived in permutations(parts):
        (contact,) = dealings(reserved(0), *arrived).contacts
        assert (contact.action, contact.number) == ("care", RING)
        assert contact.also == (("care", MUG, ""), ("survey", None, ""))


def test_a_promise_of_several_actions_says_all_of_them_until_what_was_sent_names_its_own() -> None:
    too = (SaidToo(action="care", item_id="mug"), SaidToo(action="sorry", amount=Decimal(5)))
    promise = reserved(0, also=too, amount=Decimal("12.5"), currency="EUR")
    for events in ([promise], [promise, sent(1, request_id="R")]):
        (contact,) = dealings(*events).contacts
        assert (contact.action, contact.number, contact.also) == (
            "care",
            RING,
            (("care", MUG, ""), ("sorry", None, "")),
        )
        assert contact.amount == 17.5
    named = sent(1, request_id="R", action="care", item_id="ring")
    (contact,) = dealings(promise, named).contacts
    assert (contact.action, contact.also) == ("care", ())


def test_of_two_units_a_contact_names_the_one_that_it_is_about() -> None:
    second = SaidToo(action="care", item_id="ring", subject="o1/2")
    promise = reserved(0, subject="o1/1", also=(second,))
    both = ("care", RING, "o1/1", (("care", RING, "o1/2"),))
    either = sent(1, request_id="R", action="care", item_id="ring")  # a tool that knows nothing of units
    one = sent(1, request_id="R", action="care", item_id="ring", subject="o1/1")
    for events, told in (
        ([promise], both),
        ([promise, either], both),
        ([promise, one], (*both[:3], ())),
    ):
        (contact,) = dealings(*events).contacts
        assert (contact.action, contact.number, contact.subject, contact.also) == told


def test_a_contact_that_came_back_says_when() -> None:
    (contact,) = dealings(reserved(0), sent(1, request_id="R"), bounced(3, request_id="R")).contacts
    assert (contact.at_s, contact.bounced_s) == (at_s(1), at_s(3))


def test_a_permanent_bounce_is_never_forgotten() -> None:
    gone = bounced(0, permanent=True)
    later = [sent(CONTACT_DAYS + day) for day in range(1, 5)]
    found = dealings(gone, *later).contacts
    assert [one.permanent for one in found] == [True, False, False, False, False]


def test_contacts_that_a_cap_could_count_are_kept_and_older_ones_are_not() -> None:
    old = [sent(-CONTACT_DAYS + day) for day in (-1, 0, 1)]
    busy = [sent(-1 + number / 1e3, channel="sms") for number in range(MOST_CONTACTS + 50)]
    found = dealings(*old, *busy, sent(0)).contacts
    assert sum(one.channel == "sms" for one in found) == MOST_CONTACTS
    assert [one.at_s for one in found if one.channel == "email"] == [
        at_s(-CONTACT_DAYS),
        at_s(-CONTACT_DAYS + 1),
        at_s(0),
    ]


def test_the_newest_contact_of_each_action_item_and_subject_is_kept_however_old() -> None:
    old: list[AnyEvent] = [
        sent(-500, action="win_back"),
        sent(-490, action="win_back"),
        sent(-480, action="sorry", subject="c1"),
        sent(-470, action="sorry", subject="c2"),
        sent(-460, action="care", item_id="ring", decision_id="D", rank=1),
        sent(-460, action="care", item_id="mug", decision_id="D", rank=2),
        sent(-450, action="care", item_id="ring"),
        bounced(-440, request_id="R"),
    ]
    found = dealings(*old, sent(0)).contacts
    assert [(one.action, one.at_s) for one in found] == [
        ("win_back", at_s(-490)),
        ("sorry", at_s(-480)),
        ("sorry", at_s(-470)),
        ("care", at_s(-460)),
        ("care", at_s(-450)),
        (None, at_s(0)),
    ]


def test_of_what_is_old_only_so_many_topics_are_kept() -> None:
    many = [sent(-900 + one / 1e3, action="sorry", subject=f"c{one}") for one in range(MOST_TOPICS + 5)]
    found = dealings(sent(-901, action="win_back"), *many, sent(0)).contacts
    assert [one.subject for one in found if one.action == "sorry"] == [
        f"c{one}" for one in range(5, MOST_TOPICS + 5)
    ]
    assert found[0].action == "win_back"
    made_up = [sent(-900 + one / 1e3, action=f"a{one}") for one in range(MOST_TOPICS_IN_ALL + 5)]
    assert len(dealings(*made_up, sent(0)).contacts) == MOST_TOPICS_IN_ALL


def test_goodwill_is_never_forgotten_and_of_what_was_released_only_the_newest() -> None:
    offered = reserved(0, amount=Decimal(5))
    never_sent = [
        reserved(500 + number, f"R{number}", f"D{number}", amount=Decimal(5)) for number in range(40)
    ]
    words = [released(500 + number, f"R{number}", f"D{number}") for number in range(40)]
    found = dealings(offered, *never_sent, *words, sent(900)).contacts
    assert found[0].amount == 5.0
    assert len(found) == 2 + MOST_RELEASED


def shown(day: float, **fields: Any) -> Impression:
    return said(Impression, day, **{"decision_id": "D", "rank": 1, **fields})


def answered(day: float, outcome: str, **fields: Any) -> Response:
    return said(Response, day, **{"decision_id": "D", "rank": 1, "outcome": outcome, **fields})


def outcomes(found: Dealings) -> list[tuple[str, int | None, str, int]]:
    return [(one.action, one.number, one.outcome, one.at_s) for one in found.outcomes]


def test_outcomes_of_two_units_are_kept_apart_and_the_decision_s_contact_says_whose_they_are() -> None:
    second = SaidToo(action="care", item_id="ring", subject="o1/2")
    promise = reserved(0, subject="o1/1", also=(second,))
    found = dealings(
        promise,
        answered(1, "dismissed", rank=2),
        answered(2, "dismissed", rank=1, action="care", item_id="ring"),
        answered(3, "dismissed", decision_id="E", action="care", item_id="ring", subject="o2/1"),
        answered(4, "dismissed", decision_id="F", action="care", item_id="ring"),
    )
    assert [one.subject for one in found.outcomes] == ["o1/2", "o1/1", "o2/1", ""]


def test_the_newest_of_each_outcome_is_kept_for_an_action_and_an_item() -> None:
    about = {"action": "care", "item_id": "ring"}
    found = dealings(
        shown(0, **about),
        answered(1, "dismissed", **about),
        shown(2, **about),
        answered(3, "accepted", action="care"),
        shown(4, **about),
    )
    assert outcomes(found) == [
        ("care", RING, "dismissed", at_s(1)),
        ("care", RING, "accepted", at_s(3)),
        ("care", RING, "seen", at_s(4)),
    ]


def test_an_answer_that_names_no_action_is_about_what_was_shown_at_its_rank() -> None:
    found = dealings(
        shown(0, action="care", item_id="ring"),
        shown(0, rank=2, action="survey"),
        answered(1, "accepted", rank=2),
        answered(2, "ignored"),
        answered(3, "dismissed", decision_id="another"),
    )
    assert outcomes(found)[2:] == [("survey", None, "accepted", at_s(1)), ("care", RING, "ignored", at_s(2))]


@pytest.mark.parametrize("word", [reserved(0), sent(0, decision_id="D", action="care", item_id="ring")])
def test_an_answer_that_names_no_action_is_about_the_contact_of_its_decision(word: AnyEvent) -> None:
    assert outcomes(dealings(word, answered(1, "accepted"))) == [("care", RING, "accepted", at_s(1))]


def test_an_outcome_about_an_item_that_nobody_knows_is_not_one_about_every_item() -> None:
    assert dealings(shown(0, action="care", item_id="lamp")).outcomes == ()


def test_of_each_action_and_outcome_the_newest_are_kept() -> None:
    count = MOST_OUTCOMES + 9
    numbers = {ItemId(f"i{number}"): ItemNumber(number) for number in range(count)}
    seen = [shown(number, action="care", item_id=f"i{number}") for number in range(count)]
    rare = shown(0, action="survey")
    found = fold([rare, *seen], numbers, 1).dealings.outcomes
    assert [one.action for one in found if one.action != "care"] == ["survey"]
    assert [one.number for one in found if one.action == "care"] == list(range(9, count))


def test_what_customers_wave_away_is_kept_longer_than_what_they_look_at() -> None:
    count = MOST_ANSWERS + 9
    numbers = {ItemId(f"i{number}"): ItemNumber(number) for number in range(count)}
    about = [{"action": "offer", "item_id": f"i{number}"} for number in range(count)]
    dismissed = [answered(day, "dismissed", **one) for day, one in enumerate(about)]
    looked_at = [shown(count + day, **one) for day, one in enumerate(about)]
    elsewhere = [shown(2 * count, action=f"a{number}") for number in range(MOST_OUTCOMES_IN_ALL)]
    found = fold([*dismissed, *looked_at, *elsewhere], numbers, 1).dealings.outcomes
    assert [one.number for one in found if one.outcome == "dismissed"] == list(range(9, count))
    assert sum(one.outcome == "seen" for one in found) == MOST_OUTCOMES_IN_ALL


def test_made_up_actions_do_not_fill_a_state() -> None:
    seen = [shown(number, action=f"a{number}", rank=number + 1) for number in range(MOST_OUTCOMES_IN_ALL + 5)]
    found = dealings(*seen).outcomes
    assert [one.action for one in found] == [f"a{number}" for number in range(5, MOST_OUTCOMES_IN_ALL + 5)]


def test_goodwill_that_was_accepted_is_one_sum_per_rank_however_often_it_is_told() -> None:
    yes = {"action": "sorry", "amount": Decimal("7.5"), "currency": "EUR"}
    found = dealings(
        answered(1, "accepted", **yes),
        answered(2, "accepted", **yes),
        answered(3, "accepted", **{**yes, "amount": Decimal(9)}),
        answered(4, "accepted", rank=2, amount=Decimal(2)),
        answered(5, "dismissed", **yes),
        answered(6, "accepted", rank=3, action="sorry"),
        answered(7, "accepted", decision_id="E", **yes),
    ).given
    assert found == (
        Given("sorry", 9.0, "EUR", at_s(1), "D", 1),
        Given(None, 2.0, None, at_s(4), "D", 2),
        Given("sorry", 7.5, "EUR", at_s(7), "E", 1),
    )

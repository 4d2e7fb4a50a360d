"""What followed what was said, read from a real log with its receipts."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from recommender.events.vocabulary import (
    AnyEvent,
    ContactBounced,
    ContactReserved,
    ContactSent,
    Review,
    ServiceVisit,
    SurveyAnswer,
)
from recommender.playbook.kinds import ActionKind
from recommender.storage.log import EventLog
from tests.training.told_worlds import (
    action,
    at,
    bought,
    decide,
    features_of,
    responded,
    rows,
    seen,
)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EventLog]:
    with EventLog.open(f"sqlite:///{tmp_path}/log.sqlite") as opened:
        yield opened


def test_an_action_that_was_seen_and_accepted_is_a_positive_row(log: EventLog) -> None:
    log.append([bought(-10)])
    decide(log, action(log, ActionKind.SURVEY))
    log.append([seen(), responded("accepted")])
    found = rows(log)
    assert (list(found.action_id), list(found.kind), list(found.channel)) == (
        ["my-survey"],
        ["survey"],
        ["web"],
    )
    assert found.positive.tolist() == [True]


@pytest.mark.parametrize("outcome", ["ignored", "dismissed"])
def test_what_was_ignored_or_dismissed_is_negative_at_once(log: EventLog, outcome: str) -> None:
    log.append([bought(-10)])
    decide(log, action(log, ActionKind.SURVEY))
    log.append([responded(outcome)])
    assert rows(log, until=at(2)).positive.tolist() == [False]


def test_what_nobody_answered_is_negative_only_when_the_horizon_has_passed(log: EventLog) -> None:
    log.append([bought(-10)])
    decide(log, action(log, ActionKind.SURVEY))
    log.append([seen()])
    assert len(rows(log, until=at(13))) == 0
    assert rows(log, until=at(15)).positive.tolist() == [False]


@pytest.mark.parametrize("accepted", [False, True])
def test_of_what_is_open_the_positive_outcomes_alone_do_not_teach(log: EventLog, accepted: bool) -> None:
    log.append([bought(-10)])
    for n in range(10):
        decide(log, action(log, ActionKind.WIN_BACK), decision=f"d{n}")
        log.append([seen(f"d{n}")])
    log.append([responded("accepted", "d3")] if accepted else [bought(2, "cup")])
    assert len(rows(log, until=at(13))) == 0
    decided = rows(log, until=at(15)).positive
    assert (decided.size, int(decided.sum())) == (10, 1 if accepted else 10)


@pytest.mark.parametrize(("responses", "count"), [(8, 0), (9, 9), (10, 10)])
def test_responses_end_the_wait_where_nearly_everything_is_responded_to(
    log: EventLog, responses: int, count: int
) -> None:
    log.append([bought(-10)])
    for n in range(10):
        decide(log, action(log, ActionKind.SURVEY), decision=f"d{n}")
        log.append([seen(f"d{n}")])
    decide(log, action(log, ActionKind.SURVEY), decision="mail", channel="email")
    log.append([seen("mail")])
    log.append([responded("accepted" if n < 2 else "ignored", f"d{n}") for n in range(responses)])
    early = rows(log, until=at(13))
    assert (early.positive.size, int(early.positive.sum())) == (count, min(count, 2))
    assert len(rows(log, until=at(15))) == 11


def test_what_was_never_shown_teaches_nothing(log: EventLog) -> None:
    log.append([bought(-10)])
    decide(log, action(log, ActionKind.SURVEY), action(log, ActionKind.THANK_YOU))
    log.append([seen(rank=2)])
    assert list(rows(log).action_id) == ["my-thank_you"]


ANSWERS: Sequence[tuple[ActionKind, str | None, AnyEvent, bool]] = (
    (ActionKind.PRODUCT_OFFER, "lamp", bought(3, "lamp"), True),
    (ActionKind.PRODUCT_OFFER, "lamp", bought(3, "mug"), False),
    (ActionKind.PRODUCT_OFFER, "lamp", bought(15, "lamp"), False),
    (ActionKind.WIN_BACK, None, bought(3, "mug"), True),
    (
        ActionKind.REVIEW_REQUEST,
        "mug",
        Review(source="s", event_id="1", occurred_at=at(2), customer_id="ada", item_id="mug", rating=5),
        True,
    ),
    (
        ActionKind.REVIEW_REQUEST,
        "mug",
        Review(source="s", event_id="1", occurred_at=at(2), customer_id="ada", item_id="lamp", rating=5),
        False,
    ),
    (
        ActionKind.SURVEY,
        None,
        SurveyAnswer(source="s", event_id="1", occurred_at=at(2), customer_id="ada", survey_id="nps"),
        True,
    ),
    (
        ActionKind.SURVEY,
        None,
        SurveyAnswer(source="s", event_id="1", occurred_at=at(2), customer_id="ada", survey_id="other"),
        False,
    ),
    (
        ActionKind.SERVICE_REMINDER,
        "mug",
        ServiceVisit(source="s", event_id="1", occurred_at=at(2), customer_id="ada", service_code="clean"),
        True,
    ),
    (ActionKind.THANK_YOU, None, bought(3, "mug"), False),
)


@pytest.mark.parametrize(("kind", "item", "answer", "positive"), ANSWERS)
def test_an_outcome_is_what_the_kind_asks_for(
    log: EventLog, kind: ActionKind, item: str | None, answer: AnyEvent, positive: bool
) -> None:
    log.append([bought(-10), bought(-9, "lamp", customer="bob")])
    decide(log, action(log, kind, item, subject="nps" if kind is ActionKind.SURVEY else ""))
    log.append([seen(), answer])
    assert rows(log).positive.tolist() == [positive]


def sent(**names: object) -> ContactSent:
    return ContactSent(
        source="crm",
        event_id="1",
        occurred_at=at(0.1),
        customer_id="ada",
        channel="email",
        **names,  # type: ignore[arg-type]  # fields of a contact
    )


TOLD: Sequence[tuple[dict[str, object], list[str]]] = (
    ({"decision_id": "d1"}, ["my-survey", "my-thank_you"]),
    ({"request_id": "may"}, ["my-survey", "my-thank_you"]),
    ({"decision_id": "d1", "rank": 2}, ["my-thank_you"]),
    ({"decision_id": "d1", "action": "my-thank_you"}, ["my-thank_you"]),
    ({"decision_id": "d1", "action": "thank_you", "item_id": "mug"}, ["my-thank_you"]),
    ({"decision_id": "d1", "action": "thank_you", "item_id": "lamp"}, []),
    ({"decision_id": "d1", "action": "my-own-newsletter"}, []),
    ({"request_id": "june"}, []),
)


@pytest.mark.parametrize(("names", "told"), TOLD)
def test_a_sent_contact_tells_what_it_names_or_else_all_of_its_decision(
    log: EventLog, names: dict[str, object], told: list[str]
) -> None:
    log.append([bought(-10)])
    decide(log, action(log, ActionKind.SURVEY), action(log, ActionKind.THANK_YOU, "mug"), channel="email")
    reserved = ContactReserved(
        source="rapport",
        event_id="1",
        occurred_at=at(0.1),
        customer_id="ada",
        channel="email",
        decision_id="d1",
        request_id="may",
        expires_at=at(1),
    )
    log.append([reserved, sent(**names)])
    found = rows(log)
    assert (list(found.action_id), found.positive.tolist()) == (told, [False] * len(told))
    assert set(found.channel) <= {"email"}


@pytest.mark.parametrize(
    ("names", "positive"),
    [
        ({"decision_id": "d1", "rank": 2}, [False, True]),
        ({"decision_id": "d1"}, [True, False]),
        ({}, [True, False]),
        ({"decision_id": "d0", "rank": 1}, [False, False]),
        ({"decision_id": "d0"}, [False, False]),
    ],
)
def test_of_two_surveys_the_one_that_was_answered_has_its_outcome(
    log: EventLog, names: dict[str, object], positive: list[bool]
) -> None:
    log.append([bought(-10)])
    surveys = [action(log, ActionKind.SURVEY, subject=name) for name in ("nps", "taste")]
    decide(log, *surveys)
    said = {"source": "s", "event_id": "1", "occurred_at": at(2), "customer_id": "ada", "survey_id": "nps"}
    log.append([seen(), seen(rank=2), SurveyAnswer(**said, **names)])  # type: ignore[arg-type]  # its fields
    assert rows(log).positive.tolist() == positive


def bounced(days: float, **names: object) -> ContactBounced:
    return ContactBounced(
        source="crm",
        event_id=f"b{days}",
        occurred_at=at(days),
        customer_id="ada",
        channel="email",
        **names,  # type: ignore[arg-type]  # fields of a contact
    )


def test_a_contact_that_bounced_reached_nobody(log: EventLog) -> None:
    log.append([bought(-10)])
    decide(log, action(log, ActionKind.THANK_YOU), channel="email")
    log.append([sent(decision_id="d1", request_id="may"), bounced(0.2, request_id="may")])
    assert len(rows(log)) == 0


@pytest.mark.parametrize("also", [seen(days=0.3), responded("ignored")])
def test_what_was_seen_or_responded_to_reached_the_customer_whatever_bounced(
    log: EventLog, also: AnyEvent
) -> None:
    log.append([bought(-10)])
    decide(log, action(log, ActionKind.THANK_YOU), channel="email")
    log.append([sent(decision_id="d1"), bounced(0.2, decision_id="d1"), also])
    assert rows(log).positive.tolist() == [False]


def test_what_was_sent_again_after_it_bounced_reached_the_customer(log: EventLog) -> None:
    log.append([bought(-10)])
    decide(log, action(log, ActionKind.THANK_YOU), channel="email")
    log.append([bounced(0.05, decision_id="d1"), sent(decision_id="d1")])
    assert len(rows(log)) == 1


def test_features_are_those_of_the_state_that_the_decision_saw(log: EventLog) -> None:
    log.append([bought(-10)])
    decide(log, action(log, ActionKind.THANK_YOU), since_days=-10)
    log.append([bought(-2, "late"), seen()])
    assert features_of(rows(log)) == {
        "orders": 1.0,
        "days_since_purchase": 10.0,
        "days_since_seen": -1.0,
        "days_since_contact": -1.0,
        "contacts_30d": 0.0,
        "days_since_fact": 10.0,
        "days_until_deadline": -1.0,
        "ranked_probability": -1.0,
    }


def test_an_offer_without_a_playbook_has_the_ranking_s_probability(log: EventLog) -> None:
    log.append([bought(-10), bought(-9, "lamp", customer="bob")])
    decide(log, action(log, ActionKind.PRODUCT_OFFER, "lamp", score=0.25))
    log.append([seen()])
    assert features_of(rows(log))["ranked_probability"] == 0.25


def test_decisions_of_other_systems_and_of_other_customers_teach_nothing(log: EventLog) -> None:
    log.append([bought(-10)])
    decide(log, action(log, ActionKind.SURVEY), decision="d2", customer="bob")
    log.append([seen("unknown"), seen("d2"), seen("d2", rank=9)])
    assert len(rows(log)) == 0


def test_every_customer_has_a_code_of_their_own(log: EventLog) -> None:
    log.append([bought(-10), bought(-10, customer="bob")])
    decide(log, action(log, ActionKind.SURVEY))
    decide(log, action(log, ActionKind.SURVEY), decision="d2", customer="bob")
    log.append([seen(), seen("d2", customer="bob")])
    assert rows(log).customer.tolist() == [0, 1]


def test_an_empty_log_teaches_nothing(log: EventLog) -> None:
    assert len(rows(log)) == 0

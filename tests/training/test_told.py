"""What followed what was said, read from a real log with its receipts."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from recommender.decisions import Decision, DecisionRequest, ScoredAction, encode_receipt
from recommender.decisions.reasons import Reason, ReasonKind
from recommender.decisions.trace import Trace, Weighed
from recommender.events.vocabulary import (
    AnyEvent,
    ContactBounced,
    ContactReserved,
    ContactSent,
    Impression,
    OrderLine,
    Override,
    Purchase,
    Response,
    Review,
    ServiceVisit,
    SurveyAnswer,
)
from recommender.fitting.propensity import LoggedOutcomes
from recommender.models.propensity import FEATURES
from recommender.playbook.kinds import ActionKind
from recommender.storage.log import EventLog
from recommender.storage.receipts import StoredReceipt
from recommender.types import DecisionId, ItemId, ModelVersion
from training.told import logged_outcomes

START = datetime(2024, 5, 1, 12, tzinfo=UTC)
HORIZON = timedelta(days=14)
UNTIL = START + timedelta(days=60)


def at(days: float) -> datetime:
    return START + timedelta(days=days)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EventLog]:
    with EventLog.open(f"sqlite:///{tmp_path}/log.sqlite") as opened:
        yield opened


def bought(days: float, item: str = "mug", customer: str = "ada") -> Purchase:
    name = f"{customer}-{item}-{days}"
    return Purchase(
        source="shop",
        event_id=name,
        occurred_at=at(days),
        customer_id=customer,
        order_id=name,
        lines=(OrderLine(item_id=item),),
    )


def seen(decision: str = "d1", rank: int = 1, days: float = 0.1, customer: str = "ada") -> Impression:
    name = f"{decision}-{rank}"
    return Impression(
        source="site",
        event_id=name,
        occurred_at=at(days),
        customer_id=customer,
        decision_id=decision,
        rank=rank,
    )


def responded(outcome: str, decision: str = "d1", rank: int = 1) -> Response:
    return Response(
        source="site",
        event_id=f"r-{decision}-{rank}",
        occurred_at=at(1),
        customer_id="ada",
        decision_id=decision,
        rank=rank,
        outcome=outcome,  # type: ignore[arg-type]  # one of the three
    )


def decide(
    log: EventLog,
    *actions: ScoredAction,
    decision: str = "d1",
    channel: str | None = "web",
    since_days: float | None = None,
    customer: str = "ada",
) -> None:
    """Write the receipt of a decision that was made at the start, on all that has arrived."""
    weighed = (
        Weighed(0, one.action_id, one.item, one.source, one.subject, one.fact, 0, since_s=since(since_days))
        for one in actions
    )
    made = Decision(
        decision_id=DecisionId(decision),
        customer_version=log.head(),
        model_version=ModelVersion("1"),
        catalogue_version=0,
        cold=False,
        served_by="model",
        actions=actions,
        decided_at_us=int(START.timestamp() * 1e6),
        gated={},
        trace=None if since_days is None else Trace(weighed=tuple(weighed)),
    )
    content = encode_receipt(made, DecisionRequest(channel=channel))
    log.put_receipts([StoredReceipt(DecisionId(decision), customer, START, content)])


def since(days: float | None) -> int:
    return 0 if days is None else int(at(days).timestamp())


def action(
    log: EventLog, kind: ActionKind, item: str | None = None, score: float = 0.2, subject: str = ""
) -> ScoredAction:
    number = None if item is None else log.numbers[ItemId(item)]
    reason, name = Reason(ReasonKind.POPULAR), f"my-{kind.value}"
    return ScoredAction(kind, number, score, reason, "test", action_id=name, subject=subject)


def rows(log: EventLog, until: datetime = UNTIL) -> LoggedOutcomes:
    return logged_outcomes(log, until, HORIZON)


def features_of(outcomes: LoggedOutcomes, row: int = 0) -> dict[str, float]:
    return dict(zip(FEATURES, outcomes.features[row], strict=True))


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


def overruled(kind: str, days: float, *, action: str | None = "my-survey", **more: object) -> Override:
    return Override(
        source="staff",
        event_id=f"{kind}-{days}",
        occurred_at=at(days),
        customer_id="ada",
        kind=kind,  # type: ignore[arg-type]  # one of them
        author="joe",
        reason="she said so",
        action=action,
        **more,  # type: ignore[arg-type]  # fields of an override
    )


def labels(log: EventLog) -> list[tuple[str, str, bool]]:
    found = rows(log).labels
    return (
        []
        if found is None
        else list(zip(found.action_id, found.channel, found.positive.tolist(), strict=True))
    )


def said_on(log: EventLog, *channels: str) -> None:
    """Say a survey to somebody else on each channel: what was never said has nothing to learn."""
    log.append([bought(-10), bought(-10, customer="bob")])
    for channel in channels:
        decide(log, action(log, ActionKind.SURVEY), decision=f"d-{channel}", customer="bob", channel=channel)
        log.append([seen(f"d-{channel}", customer="bob")])


JUDGED: Sequence[tuple[Sequence[Override], list[bool]]] = (
    ([overruled("pin", 1)], [True]),
    ([overruled("suppress", 1)], [False]),
    ([overruled("boost", 1, amount=Decimal(2))], [True]),
    ([overruled("boost", 1, amount=Decimal("0.5"))], [False]),
    ([overruled("boost", 1, amount=Decimal(1))], []),
    ([overruled("hold_all", 1, action=None)], []),
    ([overruled("goodwill", 1, amount=Decimal(5))], []),
    ([overruled("pin", 1, action=None, item_id="mug")], []),
    ([overruled("pin", 1), overruled("suppress", 2)], [False]),
    ([overruled("pin", 1), overruled("suppress", 2, item_id="mug")], [True, False]),
    ([overruled("pin", 1), overruled("pin", 2, expires_at=at(2))], [True]),
    ([overruled("pin", 99)], []),
)


@pytest.mark.parametrize(("told", "expected"), JUDGED)
def test_what_staff_says_of_an_action_is_a_label_and_no_outcome(
    log: EventLog, told: Sequence[Override], expected: list[bool]
) -> None:
    said_on(log, "web")
    log.append(told)
    assert labels(log) == [("my-survey", "web", suits) for suits in expected]
    assert len(rows(log)) == 1


def test_a_label_is_one_for_every_channel_on_which_its_action_is_said(log: EventLog) -> None:
    said_on(log, "email", "web")
    log.append([overruled("suppress", 1), overruled("pin", 2, action="never-said")])
    assert labels(log) == [("my-survey", "email", False), ("my-survey", "web", False)]


def test_a_label_has_the_customer_as_staff_knew_them_and_their_code(log: EventLog) -> None:
    said_on(log, "web")
    log.append([overruled("pin", 3)])
    log.append([bought(2, "late")])
    found = rows(log)
    assert found.labels is not None
    assert found.labels.customer.tolist() == [0]
    assert found.customer.tolist() == [1]
    assert found.labels.features == [(1.0, 13.0, -1.0, -1.0, 0.0, -1.0, -1.0, -1.0)]

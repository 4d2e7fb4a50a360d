"""What staff says of actions for customers: labels, and no outcomes."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from recommender.events.vocabulary import (
    Override,
)
from recommender.playbook.kinds import ActionKind
from recommender.storage.log import EventLog
from tests.training.told_worlds import (
    action,
    at,
    bought,
    decide,
    rows,
    seen,
)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EventLog]:
    with EventLog.open(f"sqlite:///{tmp_path}/log.sqlite") as opened:
        yield opened


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

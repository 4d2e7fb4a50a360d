"""Of slates with several apologies, and of decisions that several customers were told, every sum is in the book once."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec
import pytest
from sqlalchemy import create_engine, select, update

from recommender.events.vocabulary import (
    ContactReserved,
    SaidToo,
)
from recommender.storage.log import EventLog
from recommender.storage.tables import goodwill
from tests.recommender.storage.goodwill_words import (
    accepted,
    left,
    limit,
    promised,
    released,
    reserved,
    sent,
    statuses,
)
from tests.recommender.storage.log_worlds import NOON


@pytest.fixture
def now() -> list[datetime]:
    """The clock of the log."""
    return [NOON]


@pytest.fixture
def log(url: str, now: list[datetime]) -> Iterator[EventLog]:
    """An empty log under a budget of 40 in all and 30 for each customer."""
    with EventLog.open(url, clock=lambda: now[0]) as opened:
        limit(opened, 40)
        yield opened


def test_customers_who_were_told_one_decision_are_each_counted(log: EventLog) -> None:
    tried = [accepted("campaign", f"c{number}", name=f"yes-{number}") for number in range(4)]
    assert statuses(log, *tried) == ["accepted", "accepted", "conflict", "conflict"]
    assert [left(log, f"c{number}") for number in range(3)] == [10, 10, 10]
    assert statuses(log, accepted("campaign", "c0", name="again")) == ["accepted"]
    assert left(log) == 10


def test_customers_whose_contacts_share_their_names_are_each_reserved_for(log: EventLog) -> None:
    letters = [reserved(f"{number}", f"c{number}") for number in range(4)]
    shared = [msgspec.structs.replace(one, decision_id="campaign", request_id="spring") for one in letters]
    assert statuses(log, *shared) == ["accepted", "accepted", "conflict", "conflict"]
    log.append([released("campaign", "spring", "c0")])
    assert (left(log), statuses(log, shared[2])) == (25, ["accepted"])


def test_ids_that_read_alike_when_joined_are_different_customers(log: EventLog) -> None:
    alike = [
        accepted("c/d", "a/b", name="1"),
        accepted("b/c/d", "a", name="2"),
        accepted("d", "a/b/c", name="3"),
    ]
    assert statuses(log, *alike) == ["accepted", "accepted", "conflict"]


def test_what_somebody_else_accepts_of_a_decision_takes_nothing_from_whom_it_was_made_for(
    log: EventLog,
) -> None:
    assert statuses(log, accepted("d", "ada"), accepted("d", "bob", name="stolen")) == ["accepted"] * 2
    assert (left(log, "ada"), left(log, "bob"), left(log)) == (10, 10, 10)


def as_older_versions_wrote(url: str) -> None:
    """Give the grants of decisions the ids that they had without their customer."""
    engine = create_engine(url)
    columns = goodwill.c
    with engine.begin() as connection:
        for row in connection.execute(select(goodwill)).all():
            was_reserved = row.request_id is not None
            place = f"{row.decision_id}/{row.request_id if was_reserved else 1}"
            older = f"{'reserved' if was_reserved else 'gone'}/{place}"
            connection.execute(
                update(goodwill).where(columns.grant_id == row.grant_id).values(grant_id=older)
            )
    engine.dispose()


def test_what_an_older_version_wrote_goes_on_as_it_began(log: EventLog, url: str) -> None:
    limit(log, 60)
    log.append([reserved("1", "c1"), reserved("2", "c2"), reserved("3", "c3"), accepted("d", "c4")])
    as_older_versions_wrote(url)
    assert left(log, "c4") == 0
    assert statuses(log, accepted("d", "c4", name="again")) == ["accepted"]
    log.append([released("d-1", "r-1", "c1"), sent("d-2", "c2", request="r-2"), accepted("d-3", "c3")])
    limit(log, 70)
    assert statuses(log, promised("5", "c5", "25"), promised("6", "c6", "1")) == ["accepted", "conflict"]


def slate(*amounts: str, name: str = "1", customer: str = "ada") -> ContactReserved:
    """Return the reservation of one contact with an apology for each of several complaints."""
    too = tuple(SaidToo(action="sorry", amount=Decimal(one)) for one in amounts[1:])
    kept = msgspec.structs.replace(reserved(name, customer, amounts[0]), also=too)
    return msgspec.structs.replace(kept, decision_id="d-1", request_id="r-1")


def later(kept: ContactReserved, now: list[datetime], name: str) -> ContactReserved:
    """Return a reservation that is made again two hours later."""
    now[0] += timedelta(hours=2)
    return msgspec.structs.replace(kept, event_id=name, expires_at=now[0] + timedelta(hours=1))


@pytest.mark.parametrize("when", ["before it is asked again", "while it is reserved again"])
def test_what_was_accepted_stays_spent_when_the_rest_of_its_slate_is_reserved_again(
    log: EventLog, now: list[datetime], when: str
) -> None:
    limit(log, 40, 40)
    log.append([slate("20", "20")])
    if when == "while it is reserved again":
        log.append([later(slate("20", "20"), now, "again")])
    assert statuses(log, accepted("d-1", amount="20")) == ["accepted"]
    assert left(log) == 0
    log.append([later(slate("20"), now, "once more")])
    assert left(log) == 0
    now[0] += timedelta(hours=2)
    assert left(log) == 20
    assert statuses(log, promised("2", "bob", "20"), promised("3", "cy", "1")) == ["accepted", "conflict"]


def test_a_contact_that_was_sent_stays_spent_when_it_is_reserved_again(
    log: EventLog, now: list[datetime]
) -> None:
    log.append([slate("20"), sent("d-1", amount="20", request="r-1")])
    assert statuses(log, later(slate("20"), now, "again")) == ["accepted"]
    assert left(log) == 20
    log.append([released("d-1", "r-1")])
    now[0] += timedelta(hours=2)
    assert left(log) == 20


def test_of_a_slate_that_ran_out_one_apology_is_accepted_where_there_is_room_for_it_alone(
    log: EventLog, now: list[datetime]
) -> None:
    limit(log, 60, 40)
    log.append([slate("20", "20")])
    now[0] += timedelta(hours=2)
    log.append([promised("2", "bob", "20"), promised("3", "cy", "20")])
    first, second = accepted("d-1", amount="20"), accepted("d-1", amount="20", rank=2)
    assert statuses(log, first, second) == ["accepted", "conflict"]


def test_what_of_a_slate_was_not_accepted_is_free_once_its_contact_is_released(log: EventLog) -> None:
    log.append([slate("20", "10"), accepted("d-1", amount="20")])
    assert left(log) == 10
    log.append([released("d-1", "r-1")])
    assert (left(log), left(log, "ada")) == (20, 10)


def test_both_apologies_of_a_slate_count_once_whether_they_are_accepted_or_sent_first(log: EventLog) -> None:
    limit(log, 60, 60)
    first, second = accepted("d-1", amount="20"), accepted("d-1", amount="10", rank=2)
    mail = sent("d-1", amount="20", request="r-1")
    assert statuses(log, slate("20", "10"), first, mail, second) == ["accepted"] * 4
    assert left(log) == 10


def test_what_a_reservation_that_ran_out_offered_counts_once_though_it_is_accepted_and_sent_late(
    log: EventLog, now: list[datetime]
) -> None:
    log.append([slate("20", "10")])
    now[0] += timedelta(hours=2)
    log.append([accepted("d-1", amount="20"), sent("d-1", amount="20", request="r-1")])
    assert left(log) == 10


def test_what_is_less_than_can_be_counted_takes_nothing(log: EventLog, url: str) -> None:
    crumb = "0.0000001"
    assert (
        statuses(log, reserved("1", amount=crumb), accepted("d", amount=crumb), sent("e", amount=crumb))
        == ["accepted"] * 3
    )
    engine = create_engine(url)
    with engine.connect() as connection:
        assert connection.execute(select(goodwill)).all() == []
    engine.dispose()

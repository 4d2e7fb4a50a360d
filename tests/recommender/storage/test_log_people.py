"""Names, emails and phones lead to who is called so now; links to the other subjects of a person."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import create_engine, text

from recommender.customers.calling import CallKind, asked_for
from recommender.events.vocabulary import AnyEvent, Identify, Profile, Unlink
from recommender.storage.log import EventLog
from recommender.types import CustomerId
from tests.recommender.storage.leaving import rows_with
from tests.recommender.storage.log_worlds import NOON, view

_NUMBERS = itertools.count()


def told(
    customer: str | None,
    *,
    day: int = 0,
    name: str | None = None,
    email: str | None = None,
    phone: str | None = None,
) -> Profile:
    """Return what somebody is called from a day on."""
    return Profile(
        source="crm",
        event_id=f"p{next(_NUMBERS)}",
        occurred_at=NOON + timedelta(days=day),
        customer_id=customer,
        name=name,
        email=email,
        phone=phone,
    )


def linked(one: str | None, other: str, *, day: int = 0) -> Identify:
    at = NOON + timedelta(days=day)
    return Identify(
        source="pos", event_id=f"l{next(_NUMBERS)}", occurred_at=at, customer_id=one, other_id=other
    )


def unlinked(one: str, other: str, *, day: int = 0) -> Unlink:
    at = NOON + timedelta(days=day)
    return Unlink(
        source="pos", event_id=f"l{next(_NUMBERS)}", occurred_at=at, customer_id=one, other_id=other
    )


def who(
    log: EventLog, typed: str, kind: CallKind = "name", *, after: str | None = None, limit: int = 10
) -> list[str]:
    asked = asked_for(kind, typed)
    assert asked is not None
    found = log.called_so(asked, after=None if after is None else CustomerId(after), limit=limit)
    return [*(one for one, _ in found.customers), *(["..."] if found.has_more else [])]


def person(log: EventLog, customer: str) -> list[str]:
    return list(log.person_of(CustomerId(customer)))


def test_people_are_found_as_soon_as_they_are_written(log: EventLog) -> None:
    log.append([told("ada", name="Ada Müller", phone="030 1234567"), told(None, name="Ada Nobody")])
    log.append_bulk([told("bob", name="Bob Mueller", email="bob@example.org")])
    assert (who(log, "müller"), who(log, "MUELLER bo"), who(log, "nobody")) == (["ada", "bob"], ["bob"], [])
    assert who(log, "Bob@Example.org", "email") == ["bob"]
    assert who(log, "+49 30 1234567", "phone") == ["ada"]


def test_only_what_somebody_is_called_now_finds_them_whenever_it_arrived(log: EventLog) -> None:
    log.append(
        [told("ada", day=2, name="Ada King"), told("ada", day=1, name="Ada Byron", email="a@b.example")]
    )
    assert (who(log, "king"), who(log, "byron"), who(log, "a@b.example", "email")) == (["ada"], [], ["ada"])


def test_many_come_page_by_page_and_others_between_them_do_not_hide_them(log: EventLog) -> None:
    adas = [told(f"c{number:03d}", name="Ada Smith") for number in range(0, 300, 30)]
    log.append([told(f"c{number:03d}", name=f"Adam {number}") for number in range(300) if number % 30])
    log.append([told(f"c{number:03d}", name="Smith") for number in range(1, 300, 30)])
    log.append(adas)
    names = [str(one.customer_id) for one in adas]
    assert who(log, "ada smith", limit=4) == [*names[:4], "..."]
    assert who(log, "smith ada", after=names[3], limit=4) == [*names[4:8], "..."]
    assert who(log, "ada smith", after=names[7], limit=4) == names[8:]
    assert who(log, "ada smith", limit=10) == names


def test_a_name_of_many_words_is_compared_to_its_last(log: EventLog) -> None:
    log.append([told("ada", name="a b c d e f g"), told("bob", name="a b c d e f h")])
    assert (who(log, "g f e d c b a"), who(log, "f e d c b a"), who(log, "a " * 128)) == (
        ["ada"],
        ["ada", "bob"],
        ["ada", "bob"],
    )


def test_words_are_compared_letter_by_letter_not_as_patterns(log: EventLog) -> None:
    log.append([told("ada", name="Ada 100%"), told("bob", name="Ad_a")])
    assert (who(log, "ad"), who(log, "%da"), who(log, "_d")) == (["ada", "bob"], [], [])


def test_a_person_is_whom_active_links_reach(log: EventLog) -> None:
    log.append(
        [linked("ada", "card"), linked("device", "card"), linked("device", "ada"), linked("bob", "b2")]
    )
    log.append([linked("ada", "ada"), linked(None, "bob")])
    assert (person(log, "ada"), person(log, "card")) == (["card", "device"], ["ada", "device"])
    assert (person(log, "b2"), person(log, "stranger")) == (["bob"], [])


def test_an_unlink_parts_two_subjects_until_they_are_linked_again(log: EventLog) -> None:
    log.append([unlinked("card", "ada", day=2), linked("ada", "card", day=1)])
    assert (person(log, "ada"), person(log, "card")) == ([], [])
    log.append([linked("card", "ada", day=3)])
    assert (person(log, "ada"), person(log, "card")) == (["card"], ["ada"])


def test_a_person_of_many_subjects_is_bounded(log: EventLog) -> None:
    log.append_bulk(linked(f"s{number:04d}", f"s{number + 1:04d}") for number in range(20))
    log.append_bulk(linked("s0000", f"t{number:04d}") for number in range(1_200))
    assert len(person(log, "s0020")) == 1_000


def test_who_was_erased_is_no_subject_of_anybody(log: EventLog, url: str) -> None:
    log.append([told("eve-1", name="Eve Secret"), linked("ada", "eve-1"), linked("eve-1", "bob")])
    log.append([linked("cy", "eve-2")])
    log.erasures.erase(CustomerId("eve-1"))
    log.erasures.told(CustomerId("eve-1"), log.head())
    log.erasures.erase(CustomerId("eve-2"))
    log.erasures.told(CustomerId("eve-2"), log.head())
    assert (who(log, "eve"), person(log, "ada"), person(log, "bob"), person(log, "cy")) == ([], [], [], [])
    assert rows_with(url, "eve-") == rows_with(url, "secret") == {}


def old_log(url: str, *events: AnyEvent, erased: tuple[str, ...] = ()) -> None:
    """Write a log as versions without these tables did."""
    with EventLog.open(url) as log:
        log.append_bulk(events)
        for one in erased:
            log.erasures.erase(CustomerId(one))
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE names"))
        connection.execute(text("DROP TABLE links"))
        connection.execute(text("ALTER TABLE log_head DROP COLUMN people_seq"))
    engine.dispose()


def test_an_older_log_is_filled_when_it_is_opened_and_erased_ones_link_nobody(url: str) -> None:
    profiles = [told(f"c{number}", name=f"Ada {number}") for number in range(5_050)]
    links = [linked(f"c{number}", "hub") for number in range(3)]
    gone = [linked("x", "eve"), linked("y", "eve")]
    old_log(url, *links[:2], view("v"), *profiles, *gone, links[2], told(None, name="Ada"), erased=("eve",))
    with ThreadPoolExecutor(3) as pool:
        logs = list(pool.map(lambda _: EventLog.open(url), range(3)))
    for log in logs:
        assert (who(log, "5049 ada"), person(log, "hub")) == (["c5049"], ["c0", "c1", "c2"])
        assert person(log, "x") == []
        log.close()


def test_what_an_older_version_writes_beside_is_found_too(url: str) -> None:
    with EventLog.open(url) as log:
        log.append([told("ada", name="Ada"), linked("ada", "card")])
        engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
        with engine.begin() as connection:  # as if both had come from a process that knows neither table
            connection.execute(text("DELETE FROM names"))
            connection.execute(text("DELETE FROM links"))
            connection.execute(text("UPDATE log_head SET people_seq = 0"))
        engine.dispose()
        log.append([told("bob", name="Adam")])
        assert (who(log, "ada"), person(log, "card")) == (["ada", "bob"], ["ada"])

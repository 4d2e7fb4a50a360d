"""A request reserves its contact once, whoever else asks; caps and budgets hold under concurrency."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from recommender.decisions.receipts import decode_receipt
from recommender.engine.outbound import RequestAnswer
from recommender.errors import ConflictError, InvalidRequestError
from recommender.events.vocabulary import (
    Appointment,
    ComplaintOpened,
    ComplaintResolved,
    ContactReleased,
    ContactReserved,
    ContactSent,
    Override,
)
from recommender.types import DecisionId
from tests.recommender.engine.outbound_shop import (
    PLAYBOOK,
    START,
    VISIT,
    Shop,
    said,
    subjects,
)
from tests.recommender.engine.shops import ANN, BEN, order, read
from tests.valkey import Valkey


@pytest.fixture
def shop(tmp_path: Path, valkey: Valkey) -> Iterator[Shop]:
    opened = Shop(tmp_path / "home", valkey, PLAYBOOK)
    yield opened
    for engine in opened.workers:
        engine.close()


@pytest.fixture
def shop_with_visits(tmp_path: Path, valkey: Valkey) -> Iterator[Shop]:
    opened = Shop(tmp_path / "home", valkey, PLAYBOOK + VISIT)
    yield opened
    for engine in opened.workers:
        engine.close()


def test_a_first_answer_reserves_one_contact_with_its_receipt_before_it_is_given(shop: Shop) -> None:
    answer = shop.ask("r1")
    assert (len(answer.ranks), answer.is_repeat) == (2, False)
    assert answer.reserved_until == START + timedelta(hours=1)
    (event,) = shop.reserved()
    assert isinstance(event, ContactReserved)
    decision = answer.decision
    assert (event.decision_id, event.request_id, event.channel) == (decision.decision_id, "r1", "email")
    assert (event.action, event.item_id) == (
        "for-you",
        shop.engine.log.numbers.id_of(decision.actions[0].item or 0),
    )
    stored = shop.engine.log.receipt(decision.decision_id)
    assert stored is not None
    assert decode_receipt(stored.content).decision == decision
    assert read(shop.workers[1]).dealings.contacts[0].status == "reserved"


def test_the_same_request_again_gets_the_same_slate_at_any_worker_and_reserves_nothing_more(
    shop: Shop,
) -> None:
    first = shop.ask("r1")
    shop.after(minutes=30)
    again = shop.ask("r1", worker=1)
    assert again.is_repeat
    assert (again.decision, again.ranks, again.reserved_until) == (
        first.decision,
        first.ranks,
        first.reserved_until,
    )
    assert len(shop.reserved()) == 1


def test_the_same_request_again_leaves_out_what_the_gates_forbid_by_then(shop: Shop) -> None:
    first = shop.ask("r1")
    bought = shop.engine.log.numbers.id_of(first.decision.actions[0].item or 0)
    shop.after(minutes=1)
    shop.engine.append([order(ANN, "new", bought, at=shop.now)])
    again = shop.ask("r1")
    assert again.decision == first.decision
    assert again.ranks == (2,)
    shop.tell(ComplaintOpened, complaint_id="k1")
    assert shop.ask("r1").ranks == ()
    assert len(shop.reserved()) == 1


def test_of_two_visits_in_one_slate_the_one_that_was_called_off_is_said_no_more(
    shop_with_visits: Shop,
) -> None:
    shop, soon = shop_with_visits, START + timedelta(hours=5)
    for name in ("v1", "v2"):
        shop.tell(Appointment, appointment_id=name, starts_at=soon)
    assert sorted(subjects(shop.ask("r1"))) == ["v1", "v2"]
    shop.after(minutes=1)
    shop.tell(Appointment, appointment_id="v1", starts_at=soon, status="cancelled")
    assert subjects(shop.ask("r1")) == ["v2"]
    assert len(shop.reserved()) == 1


def test_a_visit_that_was_moved_is_not_said_again_with_its_old_time(shop_with_visits: Shop) -> None:
    shop = shop_with_visits
    shop.tell(Appointment, appointment_id="v1", starts_at=START + timedelta(hours=5))
    first = shop.ask("r1", k=1)
    assert first.decision.actions[0].text == "We expect you on 2026-05-01 at 17:00."
    shop.after(minutes=1)
    shop.tell(Appointment, appointment_id="v1", starts_at=START + timedelta(hours=8), status="moved")
    again = shop.ask("r1", k=1)
    # The contact still counts: who releases it is told the new time under the same request.
    assert (again.ranks, again.decision.next_s) == ((), None)
    assert again.reserved_until == first.reserved_until
    shop.tell(ContactReleased, request_id="r1", decision_id=first.decision.decision_id)
    assert shop.ask("r1", k=1).decision.actions[0].text == "We expect you on 2026-05-01 at 20:00."


def test_of_two_complaints_the_one_that_was_apologised_for_elsewhere_is_said_no_more(shop: Shop) -> None:
    for name in ("k1", "k2"):
        shop.tell(ComplaintOpened, complaint_id=name, item_id="mug")
    assert sorted(subjects(shop.ask("r1"))) == ["k1", "k2"]
    shop.after(minutes=1)
    shop.tell(ContactSent, channel="sms", decision_id="by-hand", action="sorry", item_id="mug", subject="k1")
    assert subjects(shop.ask("r1")) == ["k2"]


def test_another_request_waits_for_the_cap_and_is_told_until_when(shop: Shop) -> None:
    shop.ask("r1")
    pushed_out = shop.ask("r2")
    assert (pushed_out.ranks, pushed_out.reserved_until) == ((), None)
    assert pushed_out.decision.gated["cap_reached"] >= 1
    assert pushed_out.decision.next_s == int((START + timedelta(hours=1)).timestamp())
    shop.after(minutes=59)
    assert shop.ask("r2").decision == pushed_out.decision
    shop.after(minutes=1)
    opened = shop.ask("r2")
    assert (len(opened.ranks), opened.is_repeat) == (2, False)


def test_a_sent_contact_counts_for_the_whole_window_and_a_released_one_not_at_all(shop: Shop) -> None:
    first = shop.ask("r1")
    shop.tell(ContactSent, request_id="r1", decision_id=first.decision.decision_id, channel="email")
    shop.after(days=6)
    assert shop.ask("r2").ranks == ()
    shop.after(days=1, seconds=2)
    third = shop.ask("r3")
    assert third.ranks != ()
    shop.tell(ContactReleased, request_id="r3", decision_id=third.decision.decision_id)
    assert shop.ask("r4").ranks != ()


def test_a_request_whose_contact_was_released_is_decided_anew(shop: Shop) -> None:
    first = shop.ask("r1")
    shop.tell(ContactReleased, request_id="r1", decision_id=first.decision.decision_id)
    shop.after(minutes=1)
    anew = shop.ask("r1")
    assert (anew.is_repeat, len(anew.ranks)) == (False, 2)
    assert anew.decision.decision_id != first.decision.decision_id
    assert shop.ask("r1").decision == anew.decision
    assert shop.ask("r2").ranks == ()


def test_a_request_whose_reservation_ran_out_reserves_again_what_may_still_be_said(shop: Shop) -> None:
    first = shop.ask("r1")
    shop.after(hours=2)
    again = shop.ask("r1")
    assert (again.decision, again.ranks) == (first.decision, first.ranks)
    assert again.reserved_until == START + timedelta(hours=3)
    assert shop.ask("r2").ranks == ()
    assert len(shop.reserved()) == 2


def test_a_request_whose_reservation_ran_out_yields_to_one_that_came_between(shop: Shop) -> None:
    shop.ask("r1")
    shop.after(hours=2)
    between = shop.ask("r2")
    assert between.ranks != ()
    pushed_out = shop.ask("r1")
    assert pushed_out.ranks == ()
    assert len(shop.reserved()) == 2
    assert pushed_out.decision.next_s == int((START + timedelta(hours=3)).timestamp())
    shop.tell(ContactSent, request_id="r2", decision_id=between.decision.decision_id, channel="email")
    opens_s = shop.ask("r1").decision.next_s
    assert opens_s == shop.ask("r3").decision.next_s
    assert opens_s is not None
    shop.now = datetime.fromtimestamp(opens_s, UTC)
    again = shop.ask("r1")
    assert (len(again.ranks), again.is_repeat, again.decision.next_s) == (2, True, None)


def test_a_request_whose_contact_went_out_says_when(shop: Shop) -> None:
    first = shop.ask("r1")
    assert first.sent_at is None
    shop.after(minutes=1)
    shop.tell(ContactSent, request_id="r1", decision_id=first.decision.decision_id, channel="email")
    shop.after(minutes=1)
    again = shop.ask("r1")
    assert (again.ranks, again.reserved_until) == (first.ranks, None)
    assert again.sent_at == START + timedelta(minutes=1)


def test_a_request_id_names_one_contact_on_one_channel(shop: Shop) -> None:
    shop.ask("r1")
    with pytest.raises(ConflictError, match="another channel"):
        shop.ask("r1", channel="sms")
    with pytest.raises(ConflictError, match="expected channel email, found no channel"):
        shop.ask("r1", channel=None)
    with pytest.raises(InvalidRequestError, match="request_id"):
        shop.ask(None)
    assert said(shop.ask("r1", BEN)) != []


def test_an_inbound_request_is_answered_once_and_reserves_nothing(shop: Shop) -> None:
    first = shop.ask("r1", channel="web")
    assert (len(first.ranks), first.reserved_until) == (2, None)
    assert shop.ask("r1", channel="web").decision == first.decision
    assert shop.reserved() == []


@pytest.mark.parametrize("workers", [1, 2])
def test_64_requests_at_once_under_a_cap_of_one_reserve_exactly_one(shop: Shop, workers: int) -> None:
    shop.engine.append([order(ANN, "a", "mug", at=START - timedelta(days=1))])
    start = threading.Barrier(64)

    def ask(number: int) -> RequestAnswer:
        start.wait()
        return shop.ask(f"r{number}", worker=number % workers)

    with ThreadPoolExecutor(64) as pool:
        answers = list(pool.map(ask, range(64)))
    assert sum(bool(answer.ranks) for answer in answers) == 1
    assert len(shop.reserved()) == 1
    kept = [shop.engine.log.receipt(answer.decision.decision_id) for answer in answers]
    assert all(stored is not None for stored in kept)


def test_64_first_calls_of_one_request_give_one_slate_and_one_reservation(shop: Shop) -> None:
    start = threading.Barrier(64)

    def ask(number: int) -> tuple[DecisionId, tuple[int, ...]]:
        start.wait()
        answer = shop.ask("r1", worker=number % 2)
        return answer.decision.decision_id, answer.ranks

    with ThreadPoolExecutor(64) as pool:
        assert len(set(pool.map(ask, range(64)))) == 1
    assert len(shop.reserved()) == 1


def test_an_offer_in_the_second_line_of_a_reserved_mail_counts_against_the_cap(shop: Shop) -> None:
    pinned = Override(
        source="test", event_id="pin", occurred_at=shop.now, customer_id=ANN, kind="pin", action="sorry",
        author="eva", reason="he rang", expires_at=shop.now + timedelta(days=1),
    )  # fmt: skip
    shop.tell(ComplaintOpened, complaint_id="k1")
    shop.after(seconds=1)
    shop.tell(ComplaintResolved, complaint_id="k1")
    shop.engine.append([pinned])
    shop.after(seconds=1)
    assert [name for name, _ in said(shop.ask("r1"))] == ["sorry", "for-you"]
    assert said(shop.ask("r2")) == []


def test_without_a_playbook_a_request_is_still_answered_once(tmp_path: Path, valkey: Valkey) -> None:
    shop = Shop(tmp_path / "home", valkey, None)
    first = shop.ask("r1")
    assert [name for name, _ in said(first)] == ["product_offer"] * 2
    bought = shop.engine.log.numbers.id_of(first.decision.actions[0].item or 0)
    shop.after(minutes=1)
    shop.engine.append([order(ANN, "new", bought, at=shop.now)])
    again = shop.ask("r1")
    assert (again.decision, again.ranks) == (first.decision, (2,))
    assert len(shop.reserved()) == 1
    shop.engine.close()

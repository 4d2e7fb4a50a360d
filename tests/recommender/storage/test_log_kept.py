"""Everything that the log keeps of one customer, and nothing of anybody else."""

from recommender.events.vocabulary import Identify, Profile
from recommender.storage.kept import AnsweredBefore, GoodwillGrant
from recommender.storage.log import EventLog
from recommender.storage.receipts import StoredReceipt
from recommender.storage.results import StoredEvent
from tests.recommender.storage.leaving import EMAIL, EVE, MILLION, life_of, receipt, reserve, told
from tests.recommender.storage.log_worlds import BOB


def test_all_that_an_erasure_would_remove_is_shown(log: EventLog) -> None:
    log.append([*life_of(), *life_of(BOB), told("identify", "l", BOB, other_id=EVE)])
    reserve(log)
    log.put_receipts([receipt("d-3"), receipt("d-4", BOB)])
    kept = list(log.kept_of(EVE))
    events = [row.event for row in kept if isinstance(row, StoredEvent)]
    assert [type(event).__name__ for event in events] == [
        "ContactReserved", "Purchase", "ServiceVisit", "Profile", "ConsentChange", "Override", "Identify", "Identify",
    ]  # fmt: skip
    (profile,) = [event for event in events if isinstance(event, Profile)]
    assert (profile.name, profile.email) == (f"Name of {EVE}", EMAIL)
    others = [event.customer_id for event in events if isinstance(event, Identify)]
    assert others == [EVE, BOB]
    assert [row.decision_id for row in kept if isinstance(row, StoredReceipt)] == ["d-1", "d-3"]
    assert [row.request_id for row in kept if isinstance(row, AnsweredBefore)] == [f"mail/{EVE}"]
    grants = [row for row in kept if isinstance(row, GoodwillGrant)]
    # What staff granted is part of what was reserved.
    assert [(one.millionths, one.by_staff) for one in grants] == [(15 * MILLION, False)]
    log.erasures.erase(EVE)
    assert list(log.kept_of(EVE)) == []

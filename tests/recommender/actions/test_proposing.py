"""Laws of all kinds together, over customers that nobody thought of."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recommender.actions import CustomerSituation, Moment, Proposal, proposals_in, proposals_of
from recommender.customers import fold
from recommender.events.vocabulary import (
    AnyEvent,
    Appointment,
    ComplaintOpened,
    ComplaintResolved,
    Delivered,
    Occasion,
    OrderLine,
    Purchase,
    Question,
    Return,
    ReturnLine,
    Review,
    ServiceVisit,
)
from recommender.playbook.kinds import ActionKind
from recommender.playbook.model import Action, Goodwill, Timing
from recommender.types import ItemId, ItemNumber
from tests.recommender.actions.little_shop import DAY, NOW, NOW_S, NUMBERS, Customer, repertoire_for

FOLLOWING = [kind for kind in ActionKind if kind not in {"product_offer", "buy_again", "do_nothing"}]
PLAYBOOK = [
    Action(
        kind.value,
        kind,
        timing=Timing(within_s=40 * DAY, lead_s=10 * DAY, undelivered_after_s=3 * DAY),
        goodwill=Goodwill(5.0, 10.0, 100.0),
    )
    for kind in FOLLOWING
]
BARE = [Action(f"bare {kind}", kind) for kind in FOLLOWING]
REPERTOIRE = repertoire_for(*PLAYBOOK, *BARE)
ALL_NUMBERS = {**NUMBERS, ItemId("NEW-1"): ItemNumber(40), ItemId("NEW-2"): ItemNumber(9_000)}
ITEM_IDS = st.sampled_from([*map(str, ALL_NUMBERS), "NOBODY-KNOWS"])
BOUGHT = st.sampled_from([str(one) for one in ALL_NUMBERS])
ORDERS = st.sampled_from(["o1", "o2", "o3"])


@st.composite
def events(draw: st.DrawFn) -> list[AnyEvent]:
    """Return events of a customer between a year ago and some days ahead of now."""
    made: list[AnyEvent] = []
    for place, kind in enumerate(draw(st.lists(st.integers(0, 9), max_size=14))):
        at = NOW - timedelta(hours=draw(st.integers(-240, 9_000)))
        envelope = {"source": "shop", "event_id": str(place), "occurred_at": at}
        item = draw(ITEM_IDS)
        match kind:
            case 0 | 1:
                gift = draw(st.booleans())
                lines = tuple(
                    OrderLine(item_id=one, is_gift=gift)
                    for one in draw(st.lists(BOUGHT, min_size=1, max_size=3))
                )
                made.append(Purchase(**envelope, order_id=f"{draw(ORDERS)}-{place}", lines=lines))  # type: ignore[arg-type]  # an envelope
            case 2:
                made.append(Return(**envelope, lines=(ReturnLine(item_id=item),)))  # type: ignore[arg-type]  # an envelope
            case 3:
                made.append(Delivered(**envelope, order_id=f"{draw(ORDERS)}-{draw(st.integers(0, 5))}"))  # type: ignore[arg-type]  # an envelope
            case 4:
                made.append(
                    Question(
                        **envelope, text="?", item_id=item, topic=draw(st.sampled_from([None, "return"]))
                    )
                )  # type: ignore[arg-type]  # an envelope
            case 5:
                made.append(ComplaintOpened(**envelope, complaint_id=draw(ORDERS), item_id=item))  # type: ignore[arg-type]  # an envelope
            case 6:
                made.append(ComplaintResolved(**envelope, complaint_id=draw(ORDERS)))  # type: ignore[arg-type]  # an envelope
            case 7:
                made.append(Review(**envelope, item_id=item, rating=draw(st.integers(1, 5))))  # type: ignore[arg-type]  # an envelope
            case 8:
                made.append(ServiceVisit(**envelope, service_code="x", item_id=item))  # type: ignore[arg-type]  # an envelope
            case _:
                made.append(Occasion(**envelope, kind="birthday", on=at.date(), yearly=draw(st.booleans())))  # type: ignore[arg-type]  # an envelope
                starts = NOW + timedelta(hours=draw(st.integers(-100, 400)))
                made.append(
                    Appointment(**{**envelope, "event_id": f"{place}a"}, appointment_id="a", starts_at=starts)  # type: ignore[arg-type]  # an envelope
                )
    return made


def found(history: list[AnyEvent], now_s: int = NOW_S) -> tuple[CustomerSituation, list[Proposal]]:
    state = fold(history, ALL_NUMBERS, len(history))
    situation = CustomerSituation(REPERTOIRE, state, Moment(now_s, ZoneInfo("America/Sao_Paulo")))
    return situation, proposals_in(situation)


many = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@many
@given(events(), st.integers(-30, 400))
def test_whatever_happened_every_proposal_is_sound(history: list[AnyEvent], days: int) -> None:
    situation, proposals = found(history, NOW_S + days * DAY)
    for one in proposals:
        assert one.since_s <= situation.now_s
        assert one.fact
        assert one.source == one.action.kind
        assert situation.repertoire.wordings[one.action.id].say(one.words)
        assert 0.0 <= one.amount <= 5.0
        assert (one.deadline_s is not None) == (one.action.kind in {"appointment", "service_reminder"})
    assert len({(one.action.id, one.item, one.subject) for one in proposals}) == len(proposals)


@many
@given(events())
def test_what_is_no_longer_owned_is_not_asked_about(history: list[AnyEvent]) -> None:
    situation, proposals = found(history)
    for one in proposals:
        if one.action.kind in {"review_request", "easy_return"}:
            assert one.item is not None
            assert situation.owns(one.item)
        if one.action.kind == "thank_you":
            assert one.item is not None
            assert situation.holding(one.item) is not None


@many
@given(events())
def test_the_order_of_arrival_changes_no_proposal(history: list[AnyEvent]) -> None:
    assert found(history)[1] == found(history[::-1])[1]


def test_all_kinds_but_offers_are_proposed_for_by_one_call() -> None:
    customer = Customer().buys("RING", ago=3)
    kinds = [
        one.action.kind
        for one in proposals_of(REPERTOIRE, customer.state(), now_s=NOW_S, zone=ZoneInfo("UTC"))
    ]
    assert set(kinds) == {"thank_you", "survey", "review_request"}

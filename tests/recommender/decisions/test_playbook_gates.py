from dataclasses import replace
from decimal import Decimal

import msgspec
import pytest

from recommender.catalog import CatalogItem
from recommender.customers.dealings import Booking, Complaint, Consent, Contact, Outcome
from recommender.decisions import Decision, DecisionRequest
from recommender.decisions.circumstances import Circumstances
from recommender.decisions.prepared import prepared
from recommender.decisions.remembering import RankingMemory
from recommender.decisions.trace import FATE_FROM, Terms, Weighed
from recommender.decisions.why_not import About, why_not
from recommender.errors import InvalidRequestError
from recommender.playbook.kinds import ActionKind
from recommender.playbook.model import Action, Cap, ContactPolicy, Cooldown, QuietHours
from tests.recommender.decisions.brand import (
    AGAIN,
    BY_EMAIL,
    DAY,
    OFFER,
    THANKS,
    brand_of,
    met,
    override,
    when,
)
from tests.recommender.decisions.tiny_shop import NOW_S, Bought, shop_of

SHOP = shop_of("ring", "vase", "milk", consumable=["milk"])
STATE = SHOP.customer(Bought("ring", days_ago=3), Bought("milk", days_ago=20, orders=3, first_days_ago=60))
YES = Consent("email", None, "subscribed", NOW_S - 50 * DAY, "crm", "17")


def why(decision: Decision, action_id: str) -> tuple[str, str]:
    """Return the gate or fate of an action, and the fact behind it."""
    assert decision.trace is not None
    stops = decision.trace.stops
    every: list[Weighed | Terms] = [*decision.trace.weighed, *decision.trace.terms]
    assert stops == {(one.action_id, one.code) for one in every if one.code < FATE_FROM}
    assert stops == decision.trace.stops
    one = next(one for one in every if one.action_id == action_id)
    return one.why.value, one.because


def sent(days_ago: float, action: str = "news", **more: object) -> Contact:
    contact = Contact("email", action, None, "sent", NOW_S - round(days_ago * DAY), None, None, None)
    return msgspec.structs.replace(contact, **more)


def test_every_kind_competes_and_the_customers_own_things_are_not_pitched() -> None:
    brand = brand_of(SHOP, OFFER, AGAIN, THANKS)
    assert set(brand.said(STATE)) == {"offer vase", "again milk", "thanks"}


def test_an_outbound_action_takes_consent_and_the_receipt_names_the_event() -> None:
    brand = brand_of(SHOP, OFFER, THANKS)
    nothing = brand.decide(STATE, BY_EMAIL)
    assert nothing.actions == ()
    assert nothing.direction == "outbound"
    assert why(nothing, "thanks") == ("no_consent", "never said yes to email")
    allowed = brand.decide(met(STATE, consents=(YES,)), BY_EMAIL)
    assert {one.action_id for one in allowed.actions} == {"offer", "thanks"}
    assert allowed.trace is not None
    assert {one.evidence for one in allowed.trace.weighed} == {"crm/17"}
    assert {one.evidence for one in allowed.trace.terms} == {"crm/17"}


def test_consent_binds_outbound_channels_only() -> None:
    brand = brand_of(SHOP, THANKS)
    refused = met(STATE, consents=(replace_status(YES),))
    assert brand.said(refused, DecisionRequest(channel="web")) == ["thanks"]
    assert brand.said(refused, BY_EMAIL) == []


def replace_status(consent: Consent) -> Consent:
    return msgspec.structs.replace(consent, status="unsubscribed")


def test_an_unknown_channel_is_refused_because_nobody_could_say_what_binds_it() -> None:
    with pytest.raises(InvalidRequestError, match="one of email, web"):
        brand_of(SHOP, THANKS).decide(STATE, DecisionRequest(channel="emial"))


@pytest.mark.parametrize("channel", [None, "web", "email"])
def test_an_open_complaint_stops_selling_on_every_channel_and_lets_recovery_pass(channel: str | None) -> None:
    brand = brand_of(SHOP, OFFER, AGAIN, THANKS)
    upset = met(
        STATE, consents=(YES,), complaints=(Complaint("c9", NOW_S - 2 * DAY, None, None, None, "high"),)
    )
    decision = brand.decide(upset, DecisionRequest(channel=channel))
    assert [one.action_id for one in decision.actions] == ["thanks"]
    assert why(decision, "offer") == ("open_complaint", "complaint c9 is open, opened 2 days ago")
    assert decision.gated["open_complaint"] == 2


@pytest.mark.parametrize(("ahead_s", "is_stopped"), [(20, True), (DAY, True), (DAY + 1, False)])
def test_a_complaint_that_is_known_stops_selling_although_its_clock_is_ahead(
    ahead_s: int, is_stopped: bool
) -> None:
    told = met(STATE, complaints=(Complaint("c9", NOW_S + ahead_s, None, None, None, "high"),))
    assert (brand_of(SHOP, OFFER).said(told) == []) is is_stopped


def test_selling_rests_for_a_grace_after_a_complaint_was_resolved() -> None:
    brand = brand_of(SHOP, OFFER, policy=ContactPolicy(complaint_grace_s=7 * DAY))
    settled = met(STATE, complaints=(Complaint("c9", NOW_S - 9 * DAY, NOW_S - 6 * DAY, None, None, "low"),))
    decision = brand.decide(settled)
    assert why(decision, "offer") == (
        "open_complaint",
        "complaint c9 was resolved 6 days ago; selling rests for 7 days",
    )
    assert brand.said(settled, now_s=NOW_S + DAY) != []


@pytest.mark.parametrize(
    ("changes", "code", "because"),
    [
        ({"audience": when("customer.orders >= 9")}, "not_in_audience", "customer.orders is 4, asked >= 9"),
        ({"from_s": NOW_S + 1}, "outside_window", "it has not begun"),
        ({"until_s": NOW_S}, "outside_window", "it has ended"),
        ({"channels": frozenset({"email"})}, "other_channel", "said on email; asked for none"),
        ({"holdout": 1.0}, "held_out", "one of 100% of the customers who never get it"),
        ({"holdout": 0.99996}, "held_out", "one of 99.996% of the customers who never get it"),
        ({"trigger": when("customer.new")}, "not_triggered", None),
        ({"applicability": when("customer.orders < 2")}, "not_applicable", None),
        ({"suitability": when("complaints.open > 0")}, "not_suitable", None),
    ],
)
@pytest.mark.parametrize("action", [OFFER, THANKS], ids=["offer", "thanks"])
def test_each_gate_has_its_code_and_its_fact(
    action: Action, changes: dict[str, object], code: str, because: str | None
) -> None:
    brand = brand_of(SHOP, replace(action, **changes))  # type: ignore[arg-type]  # fields of Action
    decision = brand.decide(STATE)
    assert decision.actions == ()
    found, fact = why(decision, action.id)
    assert found == code
    assert fact
    assert because in (None, fact)


def test_of_two_gates_that_fail_the_earlier_one_is_named() -> None:
    late = replace(THANKS, holdout=1.0, suitability=when("customer.new"), audience=when("customer.new"))
    assert why(brand_of(SHOP, late).decide(STATE), "thanks")[0] == "not_in_audience"
    assert why(brand_of(SHOP, late).decide(STATE, BY_EMAIL), "thanks")[0] == "no_consent"


def test_a_condition_about_the_item_is_asked_of_each_product() -> None:
    shop = shop_of(*(CatalogItem(item_id=one, category=(one,)) for one in ("a", "b", "c")))
    brand = brand_of(shop, replace(OFFER, suitability=when('item.id != "a"', about_item=True)))
    decision = brand.decide(shop.customer())
    assert [shop.item_id(one.item or 0) for one in decision.actions] == ["b", "c"]
    assert decision.gated == {"not_suitable": 1}


def test_a_holdout_is_drawn_by_customer_and_action() -> None:
    brand = brand_of(SHOP, replace(THANKS, holdout=0.3))
    got = [
        len(brand.decide(STATE, circumstances=Circumstances(customer_seed=seed)).actions)
        for seed in range(200)
    ]
    again = [
        len(brand.decide(STATE, circumstances=Circumstances(customer_seed=seed), decision_id="x").actions)
        for seed in range(200)
    ]
    assert got == again
    assert 0.6 < sum(got) / 200 < 0.8


@pytest.mark.parametrize(
    ("outcome", "cooldown"),
    [
        ("accepted", Cooldown(accepted_s=5 * DAY)),
        ("ignored", Cooldown(ignored_s=5 * DAY)),
        ("dismissed", Cooldown(dismissed_s=5 * DAY)),
        ("seen", Cooldown(sent_s=5 * DAY)),
    ],
)
def test_an_action_cools_off_after_each_outcome_about_the_same_item(outcome: str, cooldown: Cooldown) -> None:
    brand = brand_of(SHOP, replace(OFFER, cooldown=cooldown), replace(AGAIN, cooldown=cooldown))
    vase = SHOP.number("vase")
    told = Outcome("offer", vase, "seen", NOW_S - 4 * DAY)
    tired = met(STATE, outcomes=(msgspec.structs.replace(told, outcome=outcome),))
    assert brand.said(tired) == ["again milk"]
    assert brand.decide(tired).gated["cooling_off"] == 1
    assert "offer vase" in brand.said(tired, now_s=NOW_S + DAY)


@pytest.mark.parametrize("asks", [None, "item.available"])
def test_a_refill_is_left_out_when_it_was_due_longer_ago_than_its_expiry(asks: str | None) -> None:
    shop = shop_of("tea", consumable=["tea"])
    condition = None if asks is None else when(asks, about_item=True)
    brand = brand_of(shop, replace(AGAIN, expiry_s=30 * DAY, suitability=condition))
    since = [
        shop.customer(Bought("tea", days_ago=days, orders=3, first_days_ago=days + 60)) for days in (40, 100)
    ]
    due = [one.due_at_s for state in since for one in brand_of(shop, AGAIN).decide(state).actions]
    assert [(at_s or 0) >= NOW_S - 30 * DAY for at_s in due] == [True, False]
    assert [brand.said(state) for state in since] == [["again tea"], []]
    late = brand.decide(since[1])
    assert late.trace is not None
    (fate,) = late.trace.fates
    days = (NOW_S - (due[1] or 0)) // DAY
    assert (fate.why.value, fate.because) == ("expired", f"it was due {days} days ago")
    request, ready = DecisionRequest(), prepared(brand.repertoire, shop.assortment)
    (told,) = why_not(late, request, ready, since[1], About("again", shop.number("tea")))
    assert (told.verdict, told.code, told.because) == ("stopped", "expired", fate.because)
    assert late.gated["expired"] == 1
    patient = replace(AGAIN, id="patient", value=AGAIN.value / 2)
    both = brand_of(shop, replace(AGAIN, expiry_s=30 * DAY, suitability=condition), patient)
    assert [both.said(state) for state in since] == [["again tea"], ["patient tea"]]
    memory = Circumstances(rankings=RankingMemory())
    remembered = [both.decide(since[1], request, circumstances=memory).actions for _ in range(2)]
    assert [[one.action_id for one in actions] for actions in remembered] == [["patient"]] * 2
    drawn = brand.with_book(epsilon=0.5)
    assert all(drawn.decide(since[1], decision_id=f"d{n}").actions == () for n in range(20))


def test_what_was_sent_about_no_item_keeps_the_whole_action_away() -> None:
    brand = brand_of(SHOP, replace(OFFER, cooldown=Cooldown(sent_s=5 * DAY)))
    assert why(brand.decide(met(STATE, contacts=(sent(2, "offer"),))), "offer") == (
        "cooling_off",
        "said 2 days ago",
    )


def test_a_cap_stops_outbound_only_and_says_when_it_opens() -> None:
    brand = brand_of(SHOP, THANKS, policy=ContactPolicy(caps=(Cap(1, 7 * DAY),)))
    reached = met(STATE, consents=(YES,), contacts=(sent(2),))
    decision = brand.decide(reached, BY_EMAIL)
    assert why(decision, "thanks") == ("cap_reached", "1 contact in 7 days, at most 1")
    assert decision.next_s == NOW_S + 5 * DAY
    assert brand.said(reached, BY_EMAIL, now_s=NOW_S + 5 * DAY + 1) == ["thanks"]
    assert brand.said(reached, DecisionRequest(channel="web")) == ["thanks"]


@pytest.mark.parametrize(("ago", "opens_s"), [(6.5, NOW_S + DAY // 2), (6, None), (1, None)])
def test_a_cap_that_opens_when_a_promise_is_too_late_opens_never_for_it(
    ago: float, opens_s: int | None
) -> None:
    coming = Action("coming", ActionKind.APPOINTMENT, prior=1.0)
    brand = brand_of(SHOP, coming, policy=ContactPolicy(caps=(Cap(1, 7 * DAY),)))
    ahead = Booking("a1", NOW_S + DAY, "booked", None, None, None, NOW_S - 9 * DAY)
    decision = brand.decide(met(STATE, consents=(YES,), contacts=(sent(ago),), bookings=(ahead,)), BY_EMAIL)
    assert why(decision, "coming") == ("cap_reached", "1 contact in 7 days, at most 1")
    assert decision.next_s == opens_s
    assert decision.trace is not None
    assert [one.opens_s for one in decision.trace.weighed] == [opens_s]


def test_when_a_cap_opens_is_said_also_where_better_things_fill_the_slate() -> None:
    cap = Cap(1, 7 * DAY, except_kinds=frozenset({ActionKind.PRODUCT_OFFER}))
    brand = brand_of(SHOP, OFFER, replace(THANKS, value=0.01), policy=ContactPolicy(caps=(cap,)))
    decision = brand.decide(met(STATE, consents=(YES,), contacts=(sent(2),)), replace(BY_EMAIL, k=1))
    assert [one.action_id for one in decision.actions] == ["offer"]
    assert decision.next_s == NOW_S + 5 * DAY


def test_what_a_request_reserved_itself_does_not_stand_in_its_way() -> None:
    brand = brand_of(
        SHOP, replace(THANKS, cooldown=Cooldown(sent_s=DAY)), policy=ContactPolicy(caps=(Cap(1, 7 * DAY),))
    )
    own = sent(0, "thanks", status="reserved", expires_s=NOW_S + 3_600, request_id="r1")
    reserved = met(STATE, consents=(YES,), contacts=(own,))
    assert brand.said(reserved, replace(BY_EMAIL, request_id="r1")) == ["thanks"]
    assert brand.said(reserved, replace(BY_EMAIL, request_id="r2")) == []


def test_quiet_hours_are_those_of_the_customers_clock() -> None:
    night = ContactPolicy(quiet_hours=(QuietHours(22 * 60, 6 * 60),))
    brand = brand_of(SHOP, THANKS, policy=night)
    here = met(STATE, consents=(YES,), time_zone="UTC")  # NOW_S is 22:13 there
    decision = brand.decide(here, BY_EMAIL)
    assert why(decision, "thanks")[0] == "quiet_hours"
    assert decision.next_s is not None
    assert brand.said(here, BY_EMAIL, now_s=decision.next_s) == ["thanks"]
    assert brand.said(met(here, time_zone="America/New_York"), BY_EMAIL) == ["thanks"]


def test_staff_hold_everything_back_or_one_action_or_one_item_until_it_expires() -> None:
    brand = brand_of(SHOP, OFFER, AGAIN, THANKS)
    held = met(STATE, overrides=(override("hold_all"),))
    assert brand.said(held) == []
    assert why(brand.decide(held, BY_EMAIL), "thanks") == ("held", "ann: she rang")
    assert len(brand.said(held, now_s=NOW_S + 100)) == 3
    assert set(brand.said(met(STATE, overrides=(override("suppress", "thanks"),)))) == {
        "offer vase",
        "again milk",
    }
    no_vase = met(STATE, overrides=(override("suppress", None, SHOP.number("vase")),))
    assert set(brand.said(no_vase)) == {"again milk", "thanks"}
    assert brand.decide(no_vase).gated["suppressed"] == 1


def test_a_fact_that_is_too_old_is_dropped() -> None:
    brand = brand_of(SHOP, replace(THANKS, expiry_s=2 * DAY))
    assert brand.said(STATE) == []


def test_only_the_kinds_that_were_asked_for_come() -> None:
    brand = brand_of(SHOP, OFFER, AGAIN, THANKS)
    assert brand.said(STATE, DecisionRequest(actions=(ActionKind.THANK_YOU,))) == ["thanks"]
    assert brand.said(STATE, DecisionRequest(actions=(ActionKind.PRODUCT_OFFER,))) == ["offer vase"]


def test_a_condition_of_an_item_is_told_before_the_cooldown_about_it() -> None:
    shop = shop_of(CatalogItem(item_id="a", price=Decimal(9)), CatalogItem(item_id="b", price=Decimal(3)))
    cheap = replace(
        OFFER,
        cooldown=Cooldown(dismissed_s=30 * DAY),
        applicability=when("item.price < 5", about_item=True),
    )
    waved = (Outcome("offer", shop.number("a"), "dismissed", NOW_S - DAY),)
    decision = brand_of(shop, cheap).decide(met(shop.customer(), outcomes=waved))
    assert decision.trace is not None
    assert [one.why.value for one in decision.trace.fates] == ["not_applicable"]
    word = override("suppress", "offer", shop.number("a"))
    hushed = brand_of(shop, cheap).decide(met(shop.customer(), outcomes=waved, overrides=(word,)))
    assert hushed.trace is not None
    assert [one.why.value for one in hushed.trace.fates] == ["suppressed"]


def test_what_another_request_reserved_is_asked_for_again_when_that_runs_out() -> None:
    brand, by_email = brand_of(SHOP, THANKS), DecisionRequest(channel="email", request_id="second")
    free = met(STATE, consents=(YES,))
    ((_, order),) = [(one.action_id, one.subject) for one in brand.decide(free, by_email).actions]
    ring, until_s = SHOP.number("ring"), NOW_S + 3_600
    promised = Contact("email", "thanks", ring, "reserved", NOW_S - 60, until_s, "d1", "first", subject=order)
    waits = brand.decide(met(free, contacts=(promised,)), by_email)
    assert (waits.actions, waits.next_s) == ((), until_s)
    sent = msgspec.structs.replace(promised, status="sent", expires_s=None)
    assert brand.decide(met(free, contacts=(sent,)), by_email).next_s is None
    offered = brand_of(SHOP, OFFER, THANKS).decide(met(free, contacts=(promised,)), by_email)
    assert (len(offered.actions), offered.next_s) == (1, None)

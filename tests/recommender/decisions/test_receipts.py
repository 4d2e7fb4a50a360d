import zlib
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.candidates import ActionKind
from recommender.customers.dealings import Outcome
from recommender.decisions import (
    Decision,
    DecisionRequest,
    Reason,
    ReasonKind,
    ScoredAction,
    decode_receipt,
    encode_receipt,
)
from recommender.decisions.receipts import ReceiptFormatError, encode_body
from recommender.decisions.trace import CODE_OF, ProductFate, StaffSaid
from recommender.playbook.model import Cooldown
from recommender.types import DecisionId, ItemNumber, ModelVersion
from tests.recommender.decisions.brand import DAY, OFFER, brand_of, met, override, when
from tests.recommender.decisions.tiny_shop import NOW_S, Bought, shop_of

numbers = st.integers(0, 2**32 - 1).map(ItemNumber)
counts = st.none() | st.integers(0, 65_535)
texts = st.none() | st.text(max_size=20)
kinds = st.sampled_from([ActionKind.PRODUCT_OFFER, ActionKind.BUY_AGAIN])
scored_actions = st.builds(
    ScoredAction,
    action=st.sampled_from(ActionKind),
    item=numbers,
    score=st.floats(0, 1),
    reason=st.builds(
        Reason,
        st.sampled_from(ReasonKind),
        about=st.none() | numbers,
        days=counts,
        every_days=counts,
        orders=counts,
    ),
    source=st.sampled_from(["item_item", "als", "popularity", "replenishment"]),
    due_at_s=st.none() | st.integers(0, 2**33),
)
decisions = st.builds(
    Decision,
    decision_id=st.text(min_size=1, max_size=30).map(DecisionId),
    customer_version=st.integers(0, 2**63 - 1),
    model_version=st.text(max_size=10).map(ModelVersion),
    catalogue_version=st.integers(0, 2**63 - 1),
    cold=st.booleans(),
    served_by=st.sampled_from(["model", "fallback"]),
    actions=st.lists(scored_actions, max_size=12).map(tuple),
    decided_at_us=st.integers(0, 2**62),
    gated=st.dictionaries(st.sampled_from(["owned", "in_cart", "just_bought"]), st.integers(1, 10**6)),
)
requests = st.builds(
    DecisionRequest,
    k=st.integers(1, 100),
    actions=st.lists(kinds, min_size=1, unique=True).map(tuple),
    placement=texts,
    channel=texts,
    cart=st.lists(numbers, max_size=5).map(tuple),
    session=st.lists(numbers, max_size=5).map(tuple),
)


@given(decisions, requests)
def test_a_receipt_comes_back_as_it_was_written(decision: Decision, request_: DecisionRequest) -> None:
    receipt = decode_receipt(encode_receipt(decision, request_))
    assert receipt.decision == decision
    assert receipt.request == request_


def test_the_same_decision_has_the_same_bytes_and_ten_actions_fit_in_half_a_kilobyte() -> None:
    shop = shop_of(*(f"item-{rank}" for rank in range(300)))
    state, request = shop.customer(Bought("item-7")), DecisionRequest(placement="cart", channel="web")
    data = encode_receipt(shop.decide(state, request), request)
    assert data == encode_receipt(shop.decide(state, request), request)
    assert len(shop.decide(state, request).actions) == 10
    assert len(data) < 512


@pytest.mark.parametrize(
    "data",
    [b"", b"\x00", b"\xc1", b"{}", msgspec.msgpack.encode([3]), msgspec.msgpack.encode([1, "d"])],
)
def test_bytes_that_are_no_receipt_are_refused(data: bytes) -> None:
    with pytest.raises(ReceiptFormatError):
        decode_receipt(data)


def test_a_receipt_of_a_newer_format_or_with_unknown_codes_is_refused() -> None:
    shop = shop_of("ring")
    stored = msgspec.msgpack.decode(encode_receipt(shop.decide(shop.customer()), DecisionRequest()))
    with pytest.raises(ReceiptFormatError, match="format"):
        decode_receipt(msgspec.msgpack.encode([3, *stored[1:]]))
    for code in (99, -1):
        body = msgspec.msgpack.decode(stored[1])
        body[8][0][0] = code
        with pytest.raises(ReceiptFormatError):
            decode_receipt(msgspec.msgpack.encode([2, msgspec.msgpack.encode(body), None]))


def test_receipts_of_the_first_format_are_read_as_they_were_written() -> None:
    line = [0, 7, 0.25, 0, 0, 4, None, None, None, None]
    stored = [1, "d", 5, 2, "m", 3, False, "model", 10, [0, 1], "cart", "web", [9], [], [line], {"owned": 2}]
    receipt = decode_receipt(msgspec.msgpack.encode(stored))
    chosen = receipt.decision.actions[0]
    assert (chosen.action, chosen.item, chosen.score, chosen.source) == (
        ActionKind.PRODUCT_OFFER,
        7,
        0.25,
        "item_item",
    )
    assert (chosen.reason.kind, chosen.reason.about) == (ReasonKind.BOUGHT_AFTER, 4)
    assert receipt.decision.gated == {"owned": 2}
    assert receipt.request.kinds == (ActionKind.PRODUCT_OFFER, ActionKind.BUY_AGAIN)
    assert (receipt.request.placement, receipt.request.cart) == ("cart", (9,))


def test_stored_positions_never_move() -> None:
    assert [kind.value for kind in ActionKind][:3] == ["product_offer", "buy_again", "do_nothing"]
    assert [kind.value for kind in ReasonKind][:11] == [
        "bought_after",
        "in_your_cart",
        "in_your_session",
        "similar_taste",
        "popular",
        "due",
        "bought_often",
        "bought_before",
        "bought_together",
        "similar_item",
        "same_category",
    ]


def test_a_long_receipt_is_compressed_and_a_damaged_one_is_refused() -> None:
    shop = shop_of(*(f"item-{rank}" for rank in range(100)))
    request = DecisionRequest(k=100)
    decision = shop.decide(shop.customer(), request)
    data = encode_receipt(decision, request)
    assert len(data) < len(encode_body(decision, request)) / 2
    assert decode_receipt(data).decision == decision
    version, body, timings = msgspec.msgpack.decode(data)
    earlier = zlib.compress(zlib.decompress(body), 1)  # as the standard library wrote them before
    assert decode_receipt(msgspec.msgpack.encode([version, earlier, timings])).decision == decision
    for broken in (body[:-10], body[:20] + b"\0" * 20 + body[40:], zlib.compress(b"\0" * 2**25)):
        with pytest.raises(ReceiptFormatError):
            decode_receipt(msgspec.msgpack.encode([version, broken, timings]))


def test_a_receipt_keeps_what_staff_said_and_one_without_it_is_as_it_was_before() -> None:
    shop = shop_of("ring", "mug")
    brand, request, number = brand_of(shop, OFFER), DecisionRequest(), shop.number("mug")
    words = (
        override("pin", "offer"),
        override("boost", None, number, amount=7.0, expires_s=None),
        override("suppress", "offer", shop.number("ring"), event_id="e8"),
        override("boost", "offer", amount=2.0, expires_s=NOW_S - 1),
    )
    data = encode_receipt(brand.decide(met(shop.customer(), overrides=words), request), request)
    trace = decode_receipt(data).decision.trace
    assert trace is not None
    assert trace.staff == (
        StaffSaid("pin", "ann: she rang", "e7", "offer", None, None, NOW_S + 100),
        StaffSaid("boost", "ann: she rang", "e7", None, number, 7.0, None),
        StaffSaid("suppress", "ann: she rang", "e8", "offer", shop.number("ring"), None, NOW_S + 100),
    )
    assert encode_body(decode_receipt(data).decision, request) == msgspec.msgpack.decode(data)[1]
    plain = msgspec.msgpack.decode(encode_body(brand.decide(shop.customer(), request), request))
    assert len(plain[-1]) == 12  # the fields of the policy before staff had a place


def test_a_receipt_says_who_granted_goodwill_and_not_what_grants_nothing() -> None:
    shop = shop_of("ring")
    brand = brand_of(shop, OFFER, currency="EUR")
    words = (
        override("goodwill", "sorry", amount=25.0, currency="EUR"),
        override("goodwill", None, shop.number("ring"), amount=5.0, event_id="e8"),
        override("goodwill", "late", amount=9.0, event_id="e9", expires_s=NOW_S),
        override("goodwill", "other", amount=9.0, event_id="e10", currency="XTS"),
    )
    trace = brand.decide(met(shop.customer(), overrides=words), DecisionRequest()).trace
    assert trace is not None
    assert trace.staff == (
        StaffSaid("goodwill", "ann: she rang", "e7", "sorry", None, 25.0, NOW_S + 100),
        StaffSaid("goodwill", "ann: she rang", "e8", None, shop.number("ring"), 5.0, NOW_S + 100),
    )


def test_a_receipt_says_which_fact_kept_an_action_silent_about_a_product() -> None:
    shop = shop_of("ring", "mug", "vase", "bowl")
    ring, mug, vase = (shop.number(name) for name in ("ring", "mug", "vase"))
    asks = replace(
        OFFER,
        cooldown=Cooldown(dismissed_s=30 * DAY),
        applicability=when('item.id != "vase"', about_item=True),
    )
    state = met(
        shop.customer(),
        outcomes=(Outcome("offer", mug, "dismissed", NOW_S - 2 * DAY),),
        overrides=(override("suppress", "offer", ring),),
    )
    request = DecisionRequest(k=4)
    data = encode_receipt(brand_of(shop, asks).decide(state, request), request)
    trace = decode_receipt(data).decision.trace
    assert trace is not None
    assert sorted(trace.fates, key=lambda one: one.item) == [
        ProductFate(ring, 0, CODE_OF["suppressed"], "ann: she rang", "e7", NOW_S + 100),
        ProductFate(mug, 0, CODE_OF["cooling_off"], "dismissed 2 days ago", None, NOW_S + 28 * DAY),
        ProductFate(vase, 0, CODE_OF["not_applicable"], 'item.id is "vase", asked != "vase"'),
    ]


def test_receipts_that_know_no_facts_of_silenced_products_are_read() -> None:
    shop = shop_of("ring", "mug")
    request = DecisionRequest()
    resting = replace(OFFER, cooldown=Cooldown(dismissed_s=30 * DAY))
    waved_away = met(
        shop.customer(), outcomes=(Outcome("offer", shop.number("mug"), "dismissed", NOW_S - DAY),)
    )
    written = msgspec.msgpack.decode(
        encode_receipt(brand_of(shop, resting).decide(waved_away, request), request)
    )
    body = msgspec.msgpack.decode(written[1])
    fates = body[-1][10]
    body[-1][10] = [fate[:3] for fate in fates]
    trace = decode_receipt(msgspec.msgpack.encode([2, msgspec.msgpack.encode(body), None])).decision.trace
    assert trace is not None
    assert trace.fates == (ProductFate(shop.number("mug"), 0, CODE_OF["cooling_off"]),)

import time
from urllib.parse import quote

import httpx
import pytest

from serving.routes.decisions import RECEIPT_SECONDS
from tests.serving.running_api import RunningApi, eventually
from tests.serving.shops import ITEMS, at, offered, purchase


def test_a_slate_holds_what_a_widget_needs_to_draw_it(shop: httpx.Client) -> None:
    shop.put(
        "/v1/items",
        json=[{"item_id": item, "name": item.upper(), "price": "9.50", "currency": "EUR"} for item in ITEMS],
    ).raise_for_status()
    slate = shop.get("/v1/customers/c01/actions?k=4&placement=cart&channel=web").json()
    assert (slate["customer_id"], slate["cold"], slate["served_by"], slate["model_version"]) == (
        "c01",
        False,
        "model",
        "1",
    )
    assert slate["customer_version"] > 0
    assert [action["rank"] for action in slate["actions"]] == [1, 2, 3, 4]
    for action in slate["actions"]:
        assert action["name"] == action["item_id"].upper()
        assert (action["price"], action["currency"]) == ("9.50", "EUR")
        assert 0 <= action["score"] <= 1
        assert action["reason"]["code"]
        assert action["reason"]["text"]
        assert action["receipt"] == f"{slate['decision_id']}#{action['rank']}"
    scores = [action["score"] for action in slate["actions"]]
    assert scores == sorted(scores, reverse=True)


def test_a_customer_nobody_knows_gets_what_is_popular_marked_cold(shop: httpx.Client) -> None:
    slate = shop.get("/v1/customers/nobody-yet/actions").json()
    assert slate["cold"] is True
    assert slate["customer_version"] == 0
    assert len(slate["actions"]) == 10
    assert {action["reason"]["code"] for action in slate["actions"]} == {"popular"}


@pytest.mark.parametrize("customer_id", ["a/b", "a b", "ü", "%2F", "a?b#c", "x" * 256, "..", "C+1"])
def test_ids_may_hold_what_ids_hold_when_they_are_encoded(shop: httpx.Client, customer_id: str) -> None:
    shop.post("/v1/events", json=purchase(customer_id, "item-01")).raise_for_status()
    path = f"/v1/customers/{quote(customer_id, safe='').replace('.', '%2E')}"
    slate = shop.get(f"{path}/actions")
    assert slate.status_code == 200, slate.text
    assert slate.json()["customer_id"] == customer_id
    assert "item-01" not in offered(slate.json())
    assert shop.get(path).json()["customer_id"] == customer_id


@pytest.mark.parametrize(
    "encoded", ["x" * 257, "x" * 10_000, "a%00b", "%F0%9F%98%80", "%FF%FE", "%20a", "a%0Ab"]
)
def test_ids_that_are_none_are_refused(shop: httpx.Client, encoded: str) -> None:
    for path in (
        f"/v1/customers/{encoded}/actions",
        f"/v1/customers/{encoded}",
        f"/v1/items/{encoded}",
        f"/v1/decisions/{encoded}",
    ):
        answer = shop.get(path)
        assert answer.status_code == 422, path
        assert answer.json()["expected"]


@pytest.mark.parametrize(
    "query",
    ["k=0", "k=-4", "k=101", "k=ten", "k=1.5", "k=", "k=4&k=5", "n=3", "actions=bribe", "actions=", "actions=do_nothing",
     "actions=buy_again,buy_again", "placement=", "placement=" + "x" * 65, "channel=%00", "k=%FF"],
)  # fmt: skip
def test_parameters_that_cannot_be_meant_are_refused(shop: httpx.Client, query: str) -> None:
    answer = shop.get(f"/v1/customers/c01/actions?{query}")
    assert answer.status_code == 422
    problem = answer.json()
    assert problem["type"] == "/problems/invalid-request"
    assert problem["instance"] == "/v1/customers/{id}/actions"
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert problem["expected"]


def test_kinds_can_be_chosen(shop: httpx.Client) -> None:
    offers = shop.get("/v1/customers/c01/actions?actions=product_offer").json()
    assert {action["action"] for action in offers["actions"]} == {"product_offer"}
    again = shop.get("/v1/customers/c01/actions?actions=buy_again").json()
    assert {action["action"] for action in again["actions"]} <= {"buy_again"}


def test_a_decision_for_nobody_follows_the_cart_which_never_comes_back(shop: httpx.Client) -> None:
    slate = shop.post("/v1/decisions", json={"k": 20, "cart": ["item-00"], "session": ["item-01"]}).json()
    assert "customer_id" not in slate
    assert slate["cold"] is False
    assert "item-00" not in offered(slate)
    assert set(offered(slate)) & set(ITEMS[:20])


def test_unknown_cart_items_are_named_and_do_not_break_the_page(shop: httpx.Client) -> None:
    slate = shop.post(
        "/v1/decisions", json={"cart": ["item-00", "brand-new"], "session": ["brand-new", "other"]}
    )
    assert slate.status_code == 200
    assert slate.json()["unknown_items"] == ["brand-new", "other"]


@pytest.mark.parametrize(
    "body",
    [{"k": 0}, {"k": 101}, {"k": "4"}, {"k": 1.5}, {"actions": []}, {"actions": ["bribe"]}, {"cart": ["\x00"]},
     {"cart": ["x" * 257]}, {"cart": ["x"] * 501}, {"cart": "item-00"}, {"customer": "c01"}, {"customer_id": ""},
     {"customer_id": "\U0001f600"}, {"placement": "x" * 65}, [], 3],
)  # fmt: skip
def test_decisions_that_cannot_be_meant_are_refused(shop: httpx.Client, body: object) -> None:
    answer = shop.post("/v1/decisions", json=body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["type"] == "/problems/invalid-request"


def test_the_get_and_the_post_agree(shop: httpx.Client) -> None:
    got = shop.get("/v1/customers/c05/actions?k=7").json()
    posted = shop.post("/v1/decisions", json={"customer_id": "c05", "k": 7}).json()
    assert [(a["item_id"], a["score"]) for a in got["actions"]] == [
        (a["item_id"], a["score"]) for a in posted["actions"]
    ]


def test_every_answer_leaves_a_receipt_with_the_same_actions(shop: httpx.Client) -> None:
    slate = shop.post(
        "/v1/decisions", json={"customer_id": "c07", "k": 3, "placement": "cart", "cart": ["item-30"]}
    ).json()
    receipt = shop.get(f"/v1/decisions/{slate['decision_id']}")
    assert receipt.status_code == 200, receipt.text
    kept = receipt.json()
    assert kept["customer_id"] == "c07"
    assert (kept["k"], kept["placement"], kept["cart"]) == (3, "cart", ["item-30"])
    assert [a["item_id"] for a in kept["actions"]] == [a["item_id"] for a in slate["actions"]]
    assert kept["customer_version"] == slate["customer_version"]
    nobody = shop.get("/v1/decisions/019c12ab-7e1c-7a60-9d4e-3f6a5b1c2d3e")
    assert nobody.status_code == 404
    assert "of an answer of the last second ask again" in nobody.json()["remedy"]


def test_a_malformed_decision_id_is_refused_without_a_look_into_the_log(shop: httpx.Client) -> None:
    started = time.perf_counter()
    for wrong in (
        "nonsense",
        "019c12ab7e1c7a609d4e3f6a5b1c2d3e",
        "019C12AB-7E1C-7A60-9D4E-3F6A5B1C2D3E",
        "%23",
    ):
        for _ in range(5):
            answer = shop.get(f"/v1/decisions/{wrong}")
            assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-request")
            assert "UUID" in answer.json()["expected"]
    assert time.perf_counter() - started < 20 * RECEIPT_SECONDS  # looking for one takes that long


def test_an_unchanged_customer_gets_the_same_decision_and_an_event_ends_that(shop: httpx.Client) -> None:
    first, second = (shop.get("/v1/customers/c09/actions?k=5").json() for _ in range(2))
    assert first == second
    shop.post("/v1/events", json=purchase("c09", "item-39", days_ago=0.001))
    third = shop.get("/v1/customers/c09/actions?k=5").json()
    assert third["decision_id"] != first["decision_id"]
    assert third["customer_version"] > first["customer_version"]


def test_an_item_that_becomes_unavailable_is_gone_at_once_and_back_at_once(shop: httpx.Client) -> None:
    best = offered(shop.get("/v1/customers/c11/actions").json())[0]
    shop.put("/v1/items", json={"item_id": best, "available": False}).raise_for_status()
    assert best not in offered(shop.get("/v1/customers/c11/actions?k=100").json())
    assert best not in [
        item["item_id"] for item in shop.get("/v1/items/item-30/related?k=100").json()["similar"]
    ]
    shop.put("/v1/items", json={"item_id": best}).raise_for_status()
    assert best in offered(shop.get("/v1/customers/c11/actions").json())


def test_a_remembered_slate_ends_when_an_item_stops_being_active(shop: httpx.Client) -> None:
    best = offered(shop.get("/v1/customers/c13/actions").json())[0]
    soon = at(-2.5 / 86_400)
    shop.put("/v1/items", json={"item_id": best, "active_until": soon}).raise_for_status()
    assert best in offered(shop.get("/v1/customers/c13/actions").json())
    eventually(lambda: best not in offered(shop.get("/v1/customers/c13/actions").json()), seconds=5)
    shop.put("/v1/items", json={"item_id": best}).raise_for_status()


def test_metrics_tell_new_slates_from_remembered_ones(shop: httpx.Client, api: RunningApi) -> None:
    for _ in range(3):
        shop.get("/v1/customers/c15/actions?k=9")
    text = shop.get("/metrics").text
    assert 'rapport_slates_total{cache="remembered",served_by="model"}' in text
    assert 'route="/v1/customers/{id}/actions"' in text
    assert "c15" not in text


def test_every_unknown_field_of_a_decision_is_named_beside_those_that_exist(shop: httpx.Client) -> None:
    answer = shop.post("/v1/decisions", json={"customer": "c01", "k": "4", "basket": []})
    assert answer.status_code == 422
    assert answer.json()["detail"] == "unknown fields"
    assert answer.json()["found"] == "customer, basket"
    assert "customer_id, k, placement, channel, actions, cart, session" in answer.json()["expected"]
    assert "int" in shop.post("/v1/decisions", json={"k": "4"}).json()["found"]


def test_an_empty_list_of_kinds_is_called_that(shop: httpx.Client) -> None:
    answer = shop.post("/v1/decisions", json={"actions": []})
    assert answer.status_code == 422
    assert "length >= 1" in answer.json()["found"]
    assert "actions" in answer.json()["found"]

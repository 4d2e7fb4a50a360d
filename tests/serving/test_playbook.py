"""Answers under a playbook: kinds without items, receipts with every gate, why not, and a file that breaks."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from recommender.playbook.kinds import ActionKind
from tests.serving.playbooks import PLAYBOOK, with_playbook
from tests.serving.running_api import RunningApi, copied, eventually
from tests.serving.shops import Json, at, purchase


@pytest.fixture(scope="module")
def home(trained_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copied(trained_home, tmp_path_factory.mktemp("playbook") / "home")


@pytest.fixture(scope="module")
def api(home: Path) -> Iterator[RunningApi]:
    with RunningApi(with_playbook(home)) as running:
        yield running


def tell(shop: httpx.Client, kind: str, customer_id: str, name: str, **fields: object) -> None:
    event = {"type": kind, "source": "test", "event_id": name, "occurred_at": at(0.0), **fields}
    shop.post("/v1/events", json={**event, "customer_id": customer_id}).raise_for_status()


def slate(shop: httpx.Client, customer_id: str, query: str = "") -> Json:
    answer = shop.get(f"/v1/customers/{customer_id}/actions?{query}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_kinds_without_and_with_an_item_share_a_slate_in_one_currency(shop: httpx.Client) -> None:
    shop.put("/v1/items", json={"item_id": "item-03", "name": "Silver ring"}).raise_for_status()
    shop.post("/v1/events", json=purchase("p01", "item-03", days_ago=2)).raise_for_status()
    found = slate(shop, "p01", "k=5&channel=web")
    assert (found["currency"], len(found["playbook_version"])) == ("EUR", 64)
    thanks = next(action for action in found["actions"] if action["action"] == "thanks")
    assert (thanks["kind"], thanks["item_id"], thanks["name"]) == ("thank_you", "item-03", "Silver ring")
    assert thanks["text"] == "Thank you for the Silver ring."
    assert (thanks["score"], thanks["expected_value"]) == (0.5, 1.0)
    assert thanks["reason"]["code"] == "triggered"
    values = [action["expected_value"] for action in found["actions"]]
    assert values == sorted(values, reverse=True)
    assert {action["kind"] for action in found["actions"]} >= {"product_offer", "thank_you"}
    tell(shop, "complaint_opened", "p01", "c1", complaint_id="k1")
    (sorry,) = slate(shop, "p01", "k=1&channel=web")["actions"]
    assert (sorry["action"], sorry["kind"], sorry["amount"]) == ("sorry", "apology", 20.0)
    assert sorry["text"] == "We are sorry. Please accept 20.00 EUR."
    assert not {"item_id", "name", "price"} & sorry.keys()


def test_every_answer_is_decided_anew_so_that_gates_that_close_with_time_do(shop: httpx.Client) -> None:
    first, second = slate(shop, "c01", "channel=web"), slate(shop, "c01", "channel=web")
    assert first["decision_id"] != second["decision_id"]


def test_a_channel_that_nobody_declared_is_refused_with_those_that_are(shop: httpx.Client) -> None:
    answer = shop.get("/v1/customers/c01/actions?channel=fax")
    assert answer.status_code == 422
    assert answer.json()["expected"] == "one of email, sms, web"


def test_a_receipt_has_every_candidate_with_its_gates_and_the_order_behind_the_fact(
    shop: httpx.Client,
) -> None:
    order = purchase("p02", "item-05", days_ago=3)
    shop.post("/v1/events", json=order).raise_for_status()
    found = slate(shop, "p02", "k=3&channel=email")
    eventually(lambda: shop.get(f"/v1/decisions/{found['decision_id']}").status_code == 200)
    receipt = shop.get(f"/v1/decisions/{found['decision_id']}").json()
    assert (receipt["direction"], receipt["playbook_version"]) == ("outbound", found["playbook_version"])
    thanks = next(one for one in receipt["candidates"] if one["action"] == "thanks")
    assert thanks["outcome"] in {"chosen", "outranked"}
    assert [gate["gate"] for gate in thanks["gates"]] == [
        "staff", "consent", "just_bought_or_owned", "open_complaint", "eligibility", "applicability", "suitability",
        "contact_limits", "stock_and_expiry",
    ]  # fmt: skip
    assert all(gate["ok"] for gate in thanks["gates"])
    assert thanks["factors"] == {"propensity": 0.5, "value": 2.0, "context": 1.0, "lever": 1.0, "cost": 0.0}
    owned = next(
        one for one in receipt["products"] if one["item_id"] == "item-05" and one["outcome"] == "owned"
    )
    assert owned["because"] == f"bought 3 days ago, order {order['order_id']}"
    said = {one["action"] for one in receipt["actions"]}
    fates = {one["action"]: one["outcome"] for one in receipt["product_actions"]}
    assert fates.keys() == {"for-you", "again"}
    assert {action for action, fate in fates.items() if fate == "chosen"} == fates.keys() & said
    short = slate(shop, "p02", "k=1&channel=email")
    eventually(lambda: shop.get(f"/v1/decisions/{short['decision_id']}").status_code == 200)
    receipt_of_one = shop.get(f"/v1/decisions/{short['decision_id']}").json()
    (only,) = [one["action"] for one in short["actions"]]
    told = {one["action"]: one["outcome"] for one in receipt_of_one["product_actions"]}
    assert told == {name: "chosen" if name == only else "outranked" for name in ("for-you", "again")}
    assert [one["action"] for one in receipt["actions"]] == [one["action"] for one in found["actions"]]
    assert set(receipt["timings"]) == {"ranking_us", "gates_us", "choosing_us"}


def test_a_receipt_says_of_each_ranked_product_whether_it_is_an_offer_or_a_refill(
    shop: httpx.Client,
) -> None:
    soap = {"kind": "consumable", "item_group_id": "item-09"}
    shop.put("/v1/ownership", json=[soap]).raise_for_status()
    for days_ago in (90, 60, 30):
        shop.post("/v1/events", json=purchase("p31", "item-09", days_ago=days_ago)).raise_for_status()
    decision_id = slate(shop, "p31", "k=20&channel=web")["decision_id"]
    eventually(lambda: shop.get(f"/v1/decisions/{decision_id}").status_code == 200)
    receipt = shop.get(f"/v1/decisions/{decision_id}").json()
    ranked = {(one["item_id"], one["kind"]) for one in receipt["products"] if one["outcome"] == "ranked"}
    said = {(one.get("item_id"), one["kind"]) for one in receipt["actions"]}
    products = {pair for pair in said if pair[1] in {"product_offer", "buy_again"}}
    assert products <= ranked
    assert ("item-09", "buy_again") in ranked
    assert ("item-09", "product_offer") not in ranked
    shop.put("/v1/ownership", json=[]).raise_for_status()


def test_a_fact_names_no_order_that_was_a_gift_cancelled_or_returned(shop: httpx.Client) -> None:
    kept, returned, cancelled = (purchase("p08", "item-07", days_ago=days) for days in (33, 3, 2))
    gift = purchase("p08", days_ago=1, lines=[{"item_id": "item-07", "is_gift": True}])
    for order in (kept, returned, cancelled, gift):
        shop.post("/v1/events", json=order).raise_for_status()
    came_back = [{"item_id": "item-07", "order_id": returned["order_id"]}]
    tell(shop, "return", "p08", "p08-back", lines=came_back)
    tell(shop, "order_cancelled", "p08", "p08-off", order_id=cancelled["order_id"])
    (told,) = shop.get("/v1/customers/p08/why-not?item_id=item-07&action=for-you").json()["explanations"]
    assert (told["code"], told["because"]) == ("owned", f"bought 33 days ago, order {kept['order_id']}")


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ("", {kind.value for kind in ActionKind} - {"do_nothing"}),
        ("&actions=thank_you", {"thank_you"}),
    ],
)
def test_a_receipt_says_which_kinds_were_asked_for(shop: httpx.Client, query: str, kinds: set[str]) -> None:
    path = f"/v1/decisions/{slate(shop, 'p09', f'channel=web{query}')['decision_id']}"
    eventually(lambda: shop.get(path).status_code == 200)
    assert set(shop.get(path).json()["kinds"]) == kinds


def test_the_gate_that_stops_a_candidate_is_the_last_one_of_its_receipt(shop: httpx.Client) -> None:
    shop.post("/v1/events", json=purchase("p03", "item-05", days_ago=1)).raise_for_status()
    tell(shop, "complaint_opened", "p03", "c3", complaint_id="k3")
    found = slate(shop, "p03", "channel=web")
    eventually(lambda: shop.get(f"/v1/decisions/{found['decision_id']}").status_code == 200)
    receipt = shop.get(f"/v1/decisions/{found['decision_id']}").json()
    offers = next(one for one in receipt["product_actions"] if one["action"] == "for-you")
    assert offers["gates"][-1] == {
        "gate": "open_complaint",
        "ok": False,
        "code": "open_complaint",
        "because": "complaint k3 is open, opened less than a day ago",
    }
    assert receipt["gated"]["open_complaint"] >= 2


@pytest.mark.parametrize(
    ("query", "verdict", "because"),
    [
        (
            "action=thanks",
            "never_proposed",
            "nothing that it is about was bought in its time and kept",
        ),
        ("item_id=item-06&action=for-you", "stopped", "bought 20 days ago, order {order}"),
        ("action=thanx", "unknown", "the playbook has no action 'thanx'"),
    ],
)
def test_why_not_says_what_decided(shop: httpx.Client, query: str, verdict: str, because: str) -> None:
    customer_id = f"w-{verdict}"
    order = purchase(customer_id, "item-06", days_ago=20)
    shop.post("/v1/events", json=order).raise_for_status()
    answer = shop.get(f"/v1/customers/{customer_id}/why-not?{query}&channel=web")
    assert answer.status_code == 200, answer.text
    told = answer.json()["explanations"][0]
    assert told["verdict"] == verdict
    assert told["because"] == because.format(order=order["order_id"])


@pytest.mark.parametrize(
    ("query", "status"),
    [("", 422), ("item_id=nowhere", 404), ("action=for-you&channel=fax", 422), ("k=0&action=x", 422)],
)
def test_why_not_wants_to_know_what(shop: httpx.Client, query: str, status: int) -> None:
    assert shop.get(f"/v1/customers/c01/why-not?{query}").status_code == status


def test_a_response_without_a_name_gets_it_from_the_slate_it_answers(shop: httpx.Client) -> None:
    shop.post("/v1/events", json=purchase("p04", "item-07", days_ago=2)).raise_for_status()
    found = slate(shop, "p04", "k=5&channel=web")
    rank = next(action["rank"] for action in found["actions"] if action["action"] == "thanks")
    tell(
        shop,
        "response",
        "p04",
        "r4",
        decision_id=found["decision_id"],
        rank=rank,
        outcome="dismissed",
    )
    (outcome,) = shop.get("/v1/customers/p04").json()["dealings"]["outcomes"]
    assert (outcome["action"], outcome["item"]["item_id"], outcome["outcome"]) == (
        "thanks",
        "item-07",
        "dismissed",
    )
    assert "thanks" not in [action["action"] for action in slate(shop, "p04", "k=5&channel=web")["actions"]]


def test_a_broken_playbook_is_told_and_the_one_before_keeps_serving(shop: httpx.Client, home: Path) -> None:
    before = shop.get("/v1/playbook").json()
    assert before["name"] == "Test shop"
    assert {action["id"] for action in before["actions"]} == {"for-you", "again", "thanks", "sorry"}
    path = home / "playbook.toml"
    path.write_text(PLAYBOOK.replace("value = 20.0", 'value = "much"'))
    eventually(lambda: "problem" in shop.get("/v1/playbook").json(), seconds=5)
    told = shop.get("/v1/playbook").json()
    assert "actions.for-you.value" in told["problem"]
    assert "line 29" in told["problem"]
    ready = shop.get("/readyz")
    assert (ready.status_code, ready.json()["playbook"]["ok"]) == (200, False)
    assert "much" not in ready.text
    assert told["playbook_version"] == before["playbook_version"]
    path.write_text(PLAYBOOK.replace('"Test shop"', '"Other shop"'))
    eventually(lambda: shop.get("/v1/playbook").json()["name"] == "Other shop", seconds=5)
    eventually(lambda: slate(shop, "c01")["playbook_version"] != before["playbook_version"], seconds=5)
    assert shop.get("/readyz").json()["playbook"]["ok"]

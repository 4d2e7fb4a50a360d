"""Requests that reserve their contact, over HTTP: once, under caps, never an error page."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.serving.playbooks import with_playbook
from tests.serving.running_api import RunningApi, copied
from tests.serving.shops import Json, at, purchase


@pytest.fixture(scope="module")
def api(trained_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApi]:
    home = copied(trained_home, tmp_path_factory.mktemp("requests") / "home")
    with RunningApi(with_playbook(home)) as running:
        yield running


def ask(shop: httpx.Client, customer_id: str, request_id: str, query: str = "channel=email&k=2") -> Json:
    answer = shop.get(f"/v1/customers/{customer_id}/actions?request_id={request_id}&{query}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def contacts(shop: httpx.Client, customer_id: str) -> list[Json]:
    return list(shop.get(f"/v1/customers/{customer_id}").json()["dealings"].get("contacts", []))


def tell(shop: httpx.Client, kind: str, customer_id: str, **fields: object) -> None:
    event = {
        "type": kind,
        "source": "mail",
        "event_id": f"{kind}-{customer_id}",
        "occurred_at": at(0.0),
        **fields,
    }
    shop.post("/v1/events", json={**event, "customer_id": customer_id}).raise_for_status()


def test_64_requests_at_once_for_one_customer_reserve_exactly_one_contact(
    api: RunningApi, shop: httpx.Client
) -> None:
    shop.post("/v1/events", json=purchase("many", "item-01")).raise_for_status()
    with ThreadPoolExecutor(64) as pool:
        slates = list(pool.map(lambda number: ask(shop, "many", f"r{number}"), range(64)))
    said = [slate for slate in slates if slate["actions"]]
    assert len(said) == 1
    assert "reserved_until" in said[0]
    assert [one["status"] for one in contacts(shop, "many")] == ["reserved"]
    pushed_out = [slate for slate in slates if not slate["actions"]]
    assert all("next_at" in slate and "reserved_until" not in slate for slate in pushed_out)
    assert not any(slate["degraded"] for slate in slates if "degraded" in slate)


def test_the_same_request_again_is_answered_alike_and_by_the_post_too(shop: httpx.Client) -> None:
    first = ask(shop, "again", "r1")
    assert first["actions"]
    assert ask(shop, "again", "r1") == first
    posted = shop.post(
        "/v1/decisions", json={"customer_id": "again", "request_id": "r1", "channel": "email", "k": 9}
    )
    assert posted.json() == first
    assert shop.get(f"/v1/decisions/{first['decision_id']}").json()["request_id"] == "r1"
    assert len(contacts(shop, "again")) == 1


def test_a_request_that_was_sent_says_when_and_one_that_came_back_is_reserved_again(
    shop: httpx.Client,
) -> None:
    first = ask(shop, "retried", "r1")
    assert "sent_at" not in first
    named = {"request_id": "r1", "decision_id": first["decision_id"]}
    sent_at = "2024-05-01T12:00:00Z"
    tell(shop, "contact_sent", "retried", channel="email", occurred_at=sent_at, **named)
    repeat = ask(shop, "retried", "r1")
    assert (repeat["sent_at"], "reserved_until" in repeat) == (sent_at, False)
    tell(shop, "contact_bounced", "retried", occurred_at="2024-05-01T12:01:00Z", **named)
    again = ask(shop, "retried", "r1")
    assert again["actions"] == first["actions"]
    assert ("sent_at" in again, "reserved_until" in again) == (False, True)


def test_what_was_bought_since_is_left_out_of_the_same_answer_with_the_ranks_it_had(
    shop: httpx.Client,
) -> None:
    first = ask(shop, "bought", "r1")
    item = first["actions"][0]["item_id"]
    shop.post("/v1/events", json=purchase("bought", item, days_ago=0.0001)).raise_for_status()
    again = ask(shop, "bought", "r1")
    assert again["decision_id"] == first["decision_id"]
    assert [action["rank"] for action in again["actions"]] == [2]
    assert again["actions"][0]["receipt"] == first["actions"][1]["receipt"]


def test_a_sent_contact_counts_and_a_released_one_is_free(shop: httpx.Client) -> None:
    first = ask(shop, "sent", "r1")
    tell(
        shop,
        "contact_sent",
        "sent",
        decision_id=first["decision_id"],
        request_id="r1",
        channel="email",
        rank=1,
    )
    assert ask(shop, "sent", "r2")["actions"] == []
    (contact,) = contacts(shop, "sent")
    assert (contact["status"], contact["action"]) == ("sent", "for-you")
    free = ask(shop, "free", "r1")
    tell(shop, "contact_released", "free", decision_id=free["decision_id"], request_id="r1")
    assert ask(shop, "free", "r2")["actions"]


def test_a_preview_counts_nothing(shop: httpx.Client) -> None:
    shop.post("/v1/events", json=purchase("look", "item-01")).raise_for_status()
    for _ in range(3):
        assert shop.get("/v1/customers/look/actions?channel=email").json()["actions"]
    assert contacts(shop, "look") == []


def test_a_request_id_for_another_channel_is_a_conflict(shop: httpx.Client) -> None:
    ask(shop, "twice", "r1")
    answer = shop.get("/v1/customers/twice/actions?request_id=r1&channel=sms")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/conflict")
    assert shop.get("/v1/customers/twice/actions?request_id=r1").json()["found"] == "no channel"


def test_nobody_in_particular_and_no_browser_can_reserve(api: RunningApi, shop: httpx.Client) -> None:
    nobody = shop.post("/v1/decisions", json={"request_id": "r1", "channel": "email"})
    assert nobody.status_code == 422
    widget = api.client(api.make_key("widget").text)
    refused = widget.post("/v1/decisions", json={"request_id": "r1"})
    assert refused.status_code == 403


@pytest.mark.parametrize("request_id", ["", "%00", "x" * 257])
def test_request_ids_that_are_none_are_refused(shop: httpx.Client, request_id: str) -> None:
    answer = shop.get(f"/v1/customers/c01/actions?channel=email&request_id={request_id}")
    assert answer.status_code == 422
    assert "request_id" in answer.json()["detail"]

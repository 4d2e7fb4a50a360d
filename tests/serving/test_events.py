import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.serving.running_api import RunningApi
from tests.serving.shops import Json, at, offered, purchase, returned, view

JSON = {"Content-Type": "application/json"}


def test_one_event_is_durable_before_it_is_answered(shop: httpx.Client, api: RunningApi) -> None:
    event = purchase("new-1", "item-01")
    answer = shop.post("/v1/events", json=event)
    assert answer.status_code == 202
    (result,) = answer.json()["results"]
    assert (result["status"], result["customer_id"], result["projected"]) == ("accepted", "new-1", True)
    assert result["customer_version"] > 0
    history = shop.get("/v1/customers/new-1").json()["history"]
    assert [entry["event"]["event_id"] for entry in history] == [event["event_id"]]


def test_the_same_content_again_has_no_effect_and_other_content_is_a_conflict(shop: httpx.Client) -> None:
    event = purchase("new-2", "item-01")
    first = shop.post("/v1/events", json=event).json()["results"][0]
    again = shop.post("/v1/events", json=event)
    assert again.status_code == 202
    assert again.json()["results"][0]["status"] == "duplicate"
    assert again.json()["results"][0]["customer_version"] == first["customer_version"]
    other = shop.post("/v1/events", json={**event, "channel": "store"})
    assert other.status_code == 409
    assert other.headers["content-type"] == "application/problem+json"
    assert event["event_id"] in other.json()["found"]
    assert shop.get("/v1/customers/new-2").json()["totals"]["events"] == 1


@pytest.mark.parametrize("wrap", [list, lambda events: {"events": list(events)}])
def test_a_batch_may_be_an_array_or_an_object(shop: httpx.Client, wrap: Callable[[Any], Any]) -> None:
    answer = shop.post("/v1/events", json=wrap([view("item-01"), purchase(None, "item-02")]))
    assert answer.status_code == 202
    assert answer.json()["accepted"] == 2
    assert "customer_version" not in answer.json()["results"][0]


def test_good_events_of_a_batch_are_written_and_the_bad_ones_explained(shop: httpx.Client) -> None:
    known = purchase("new-3", "item-01")
    shop.post("/v1/events", json=known)
    batch = [
        purchase("new-3", "item-02"),
        {**known, "channel": "store"},
        {**view("item-01"), "occurred_at": "2026-01-01T00:00:00"},
        {"type": "nonsense"},
        known,
    ]
    answer = shop.post("/v1/events", json=batch)
    assert answer.status_code == 207
    body = answer.json()
    assert [result["status"] for result in body["results"]] == [
        "accepted",
        "conflict",
        "invalid",
        "invalid",
        "duplicate",
    ]
    assert (body["accepted"], body["duplicates"], body["conflicts"], body["invalid"]) == (1, 1, 1, 2)
    assert [result["index"] for result in body["results"]] == [0, 1, 2, 3, 4]
    assert body["results"][1]["problem"]["status"] == 409
    assert all(result["problem"]["remedy"] for result in body["results"] if "problem" in result)
    assert shop.get("/v1/customers/new-3").json()["totals"]["events"] == 2


def test_what_is_there_twice_is_refused_and_its_neighbours_are_written(shop: httpx.Client) -> None:
    good, bad = json.dumps(view("item-01")), json.dumps(view("item-02", customer_id="twice"))
    bad = bad.replace('"customer_id"', '"customer_id": "somebody", "customer_id"')
    mixed = shop.post("/v1/events", content=f"[{good}, {bad}]", headers=JSON)
    assert (mixed.status_code, mixed.json()["accepted"]) == (207, 1)
    problem = mixed.json()["results"][1]["problem"]
    assert (problem["status"], problem["detail"]) == (422, "customer_id is there twice")
    two_batches = shop.post("/v1/events", content=f'{{"events": [{good}], "events": [{good}]}}', headers=JSON)
    assert (two_batches.status_code, two_batches.json()["detail"]) == (422, "events is there twice")
    odd = purchase("twice", lines=[{"item_id": "item-01", "unit_price": "1_000"}])
    assert shop.post("/v1/events", json=odd).json()["detail"] == "unit_price is no decimal"
    assert shop.get("/v1/customers/twice").status_code == 404


def test_an_atomic_batch_is_written_whole_or_not_at_all(shop: httpx.Client) -> None:
    known = purchase("new-4", "item-01")
    good = purchase("new-5", "item-01")
    shop.post("/v1/events", json=known)
    for bad, status in (({**known, "channel": "store"}, 409), ({"type": "nonsense"}, 422)):
        answer = shop.post("/v1/events?atomic=true", json=[good, bad])
        assert answer.status_code == status
        assert shop.get("/v1/customers/new-5").status_code == 404
    assert [result["status"] for result in answer.json()["results"]] == ["not_written", "invalid"]
    assert shop.post("/v1/events?atomic=true", json=[good, known]).status_code == 202


def test_a_batch_of_which_nothing_was_written_is_a_problem_with_all_results(shop: httpx.Client) -> None:
    known = purchase("new-6", "item-01")
    shop.post("/v1/events", json=known)
    conflicts = shop.post("/v1/events", json=[{**known, "channel": "a"}, {**known, "channel": "b"}])
    assert conflicts.status_code == 409
    assert len(conflicts.json()["results"]) == 2
    invalid = shop.post("/v1/events", json=[{"type": "purchase"}])
    assert invalid.status_code == 422
    assert invalid.json()["results"][0]["problem"]["type"] == "/problems/invalid-event"


@pytest.mark.parametrize("body", [{"type": "telepathy"}, [{"type": "telepathy"}]], ids=["one", "batch"])
def test_a_refusal_names_the_route_and_the_request_of_its_log_line(shop: httpx.Client, body: object) -> None:
    answer = shop.post("/v1/events", json=body)
    assert answer.json()["instance"] == "/v1/events"
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


BAD_EVENTS: dict[str, Json] = {
    "an unknown type": {**view("item-01"), "type": "telepathy"},
    "an unknown field": {**view("item-01"), "colour": "red"},
    "a naive time": {**view("item-01"), "occurred_at": "2026-01-01T00:00:00"},
    "a time before computers": {**view("item-01"), "occurred_at": "1901-01-01T00:00:00Z"},
    "a time in the far future": {**view("item-01"), "occurred_at": "2999-01-01T00:00:00Z"},
    "a quantity of zero": purchase("c", "x", lines=[{"item_id": "x", "quantity": 0}]),
    "a quantity of a milliard": purchase("c", "x", lines=[{"item_id": "x", "quantity": 1e9}]),
    "no lines": purchase("c", "x", lines=[]),
    "a negative price": purchase("c", "x", lines=[{"item_id": "x", "unit_price": "-1"}]),
    "a price that is no number": purchase("c", "x", lines=[{"item_id": "x", "unit_price": "NaN"}]),
    "an emoji in an id": {**view("item-01"), "item_id": "a\U0001f600"},
    "a NUL in an id": {**view("item-01"), "item_id": "a\x00b"},
    "an id of 10,000 characters": {**view("item-01"), "item_id": "x" * 10_000},
    "an empty id": {**view("item-01"), "event_id": ""},
    "a future schema": {**view("item-01"), "schema_version": 99},
}


@pytest.mark.parametrize("event", BAD_EVENTS.values(), ids=BAD_EVENTS.keys())
def test_an_event_that_does_not_fit_is_a_422_that_says_why(shop: httpx.Client, event: Json) -> None:
    answer = shop.post("/v1/events", json=event)
    assert answer.status_code == 422, answer.text
    problem = answer.json()
    assert problem["type"] == "/problems/invalid-event"
    assert problem["detail"]
    assert problem["remedy"]


BAD_BODIES = {
    "nothing": (b"", 400),
    "a number": (b"3", 422),
    "a text": (b'"purchase"', 422),
    "null": (b"null", 422),
    "an empty array": (b"[]", 422),
    "no events": (b'{"events":[]}', 422),
    "events that are no array": (b'{"events":3}', 422),
    "half an object": (b'{"type":', 400),
    "two objects": (b"{}{}", 400),
    "NaN": (b'{"type":"view","quantity":NaN}', 422),
    "a bomb of arrays": (b"[" * 100_000, 400),
    "a bomb of objects": (b'{"a":' * 100_000, 400),
    "invalid UTF-8": (b'{"type":"\xff"}', 400),
    "too many events": (b"[" + b",".join([b"{}"] * 501) + b"]", 422),
    "an array of numbers": (b"[1,2]", 422),
}


@pytest.mark.parametrize(("body", "status"), BAD_BODIES.values(), ids=BAD_BODIES.keys())
def test_a_body_that_holds_no_events_is_refused(shop: httpx.Client, body: bytes, status: int) -> None:
    answer = shop.post("/v1/events", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in {status, 400 if body.startswith(b'{"type":"view"') else status}
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_purchase_is_excluded_in_the_next_answer_and_eligible_again_when_it_came_back(
    shop: httpx.Client,
) -> None:
    before = offered(shop.get("/v1/customers/c03/actions?k=100").json())
    bought = before[0]
    shop.post("/v1/events", json=purchase("c03", bought, days_ago=0.001))
    assert bought not in offered(shop.get("/v1/customers/c03/actions?k=100").json())
    shop.post("/v1/events", json=returned("c03", bought))
    assert bought in offered(shop.get("/v1/customers/c03/actions?k=100").json())


def test_an_answer_to_somebody_elses_decision_is_written_and_told_so(shop: httpx.Client) -> None:
    decision_id = shop.get("/v1/customers/asked-1/actions?k=1").json()["decision_id"]
    said = {
        "type": "response",
        "source": "test",
        "event_id": "unmatched-1",
        "occurred_at": at(0.0),
        "decision_id": decision_id,
        "rank": 1,
        "outcome": "dismissed",
    }
    answer = shop.post("/v1/events", json=said | {"customer_id": "asked-2"})
    (result,) = answer.json()["results"]
    assert (answer.status_code, result["status"]) == (202, "accepted")
    assert result["unmatched"] == "the decision was about another customer"
    own = shop.post("/v1/events", json=said | {"customer_id": "asked-1", "event_id": "matched-1"})
    assert "unmatched" not in own.json()["results"][0]

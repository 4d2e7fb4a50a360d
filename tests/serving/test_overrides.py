"""Staff overrules: at once, with a reason, once per event id, within the goodwill budget, until it is ended."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from recommender.engine.opening import open_log
from recommender.events.vocabulary import Override
from tests.serving.playbooks import with_playbook
from tests.serving.running_api import RunningApi, copied, eventually
from tests.serving.shops import Json, at

NAMES = count(1)


@pytest.fixture(scope="module")
def api(trained_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApi]:
    home = copied(trained_home, tmp_path_factory.mktemp("overrides") / "home")
    with RunningApi(with_playbook(home)) as running:
        yield running


@pytest.fixture(scope="module")
def staff(api: RunningApi, shop: httpx.Client) -> httpx.Client:
    assert shop.get("/readyz").status_code == 200
    return api.client(api.make_key("staff").text)


@pytest.fixture
def customer() -> str:
    return f"o{next(NAMES)}"


def overrule(staff: httpx.Client, customer_id: str, kind: str, **said: Any) -> httpx.Response:
    body = {"kind": kind, "author": "eve", "reason": "she asked for it", **said}
    return staff.post(f"/v1/customers/{customer_id}/overrides", json=body)


def actions(staff: httpx.Client, customer_id: str, query: str = "k=3&channel=web") -> list[Json]:
    return list(staff.get(f"/v1/customers/{customer_id}/actions?{query}").json()["actions"])


def test_the_next_decision_obeys_and_its_receipt_says_so(staff: httpx.Client, customer: str) -> None:
    assert actions(staff, customer)
    answer = overrule(staff, customer, "hold_all")
    assert answer.status_code == 201, answer.text
    assert (answer.json()["kind"], answer.json()["author"]) == ("hold_all", "eve")
    slate = staff.get(f"/v1/customers/{customer}/actions?channel=web").json()
    assert slate["actions"] == []
    eventually(lambda: staff.get(f"/v1/decisions/{slate['decision_id']}").status_code == 200)
    receipt = staff.get(f"/v1/decisions/{slate['decision_id']}").json()
    gate = receipt["product_actions"][0]["gates"][-1]
    assert (gate["gate"], gate["code"], gate["ok"]) == ("staff", "held", False)
    assert "she asked for it" in gate["because"]


def test_an_item_can_be_suppressed_and_pinned(staff: httpx.Client, customer: str) -> None:
    first = actions(staff, customer)[0]
    overrule(staff, customer, "suppress", action="for-you", item_id=first["item_id"]).raise_for_status()
    assert first["item_id"] not in [one["item_id"] for one in actions(staff, customer)]
    overrule(staff, customer, "pin", item_id="item-39").raise_for_status()
    assert actions(staff, customer)[0]["item_id"] == "item-39"


def test_a_boost_multiplies_what_an_action_is_worth(staff: httpx.Client, customer: str) -> None:
    before = actions(staff, customer)[0]
    overrule(staff, customer, "boost", action="for-you", amount="2").raise_for_status()
    after = actions(staff, customer)[0]
    assert after["item_id"] == before["item_id"]
    assert after["expected_value"] == pytest.approx(2 * before["expected_value"], rel=1e-4)


def test_a_receipt_says_who_pinned_boosted_and_suppressed_an_item_and_why(
    staff: httpx.Client, customer: str
) -> None:
    first = actions(staff, customer)[0]["item_id"]
    told: dict[str, Json] = {
        "pin": {"item_id": "item-39"},
        "boost": {"action": "for-you", "item_id": "item-38", "amount": "7"},
        "suppress": {"action": "for-you", "item_id": first, "expires_at": at(-1.0)},
    }
    for kind, about in told.items():
        overrule(staff, customer, kind, reason=f"why {kind}", **about).raise_for_status()
    slate = staff.get(f"/v1/customers/{customer}/actions?channel=web&k=40").json()
    eventually(lambda: staff.get(f"/v1/decisions/{slate['decision_id']}").status_code == 200)
    receipt = staff.get(f"/v1/decisions/{slate['decision_id']}").json()
    said = {one["kind"]: one for one in receipt["staff"]}
    assert {kind: one["because"] for kind, one in said.items()} == {kind: f"eve: why {kind}" for kind in told}
    assert (said["boost"]["action"], said["boost"]["item_id"], said["boost"]["amount"]) == (
        "for-you",
        "item-38",
        7.0,
    )
    assert all(one["evidence"].startswith("staff/") for one in said.values())
    (kept_out,) = [one for one in receipt["products"] if one["outcome"] == "suppressed"]
    assert (kept_out["item_id"], kept_out["because"]) == (first, "eve: why suppress")
    assert (kept_out["evidence"], kept_out["opens_at"]) == (
        said["suppress"]["evidence"],
        said["suppress"]["expires_at"],
    )


def test_overrides_are_listed_until_they_are_ended(staff: httpx.Client, customer: str) -> None:
    overrule(staff, customer, "hold_all", event_id=f"hold-{customer}").raise_for_status()
    overrule(staff, customer, "suppress", action="thanks").raise_for_status()
    listed = staff.get(f"/v1/customers/{customer}/overrides").json()["overrides"]
    assert [one["kind"] for one in listed] == ["suppress", "hold_all"]
    path = f"/v1/customers/{customer}/overrides/hold-{customer}"
    ended = staff.delete(f"{path}?author=adam&reason=it%20is%20over")
    assert ended.status_code == 200, ended.text
    assert (ended.json()["author"], ended.json()["reason"]) == ("adam", "it is over")
    listed = staff.get(f"/v1/customers/{customer}/overrides").json()["overrides"]
    assert [one["kind"] for one in listed] == ["suppress"]
    assert actions(staff, customer)
    assert staff.delete(path).status_code == 404


@pytest.mark.parametrize(("letters", "status"), [(256, 200), (257, 422), (0, 422)])
def test_whoever_may_say_an_override_may_end_it(
    staff: httpx.Client, customer: str, letters: int, status: int
) -> None:
    event_id = f"long-{customer}-{letters}"
    overrule(staff, customer, "hold_all", event_id=event_id, author="m" * 256).raise_for_status()
    path = f"/v1/customers/{customer}/overrides/{event_id}"
    assert staff.delete(path, params={"author": "m" * letters}).status_code == status


def test_an_override_ends_by_itself_at_its_time(staff: httpx.Client, customer: str) -> None:
    overrule(staff, customer, "hold_all", expires_at=at(-2.0 / 86_400)).raise_for_status()
    assert actions(staff, customer) == []
    eventually(lambda: actions(staff, customer), seconds=10)
    assert staff.get(f"/v1/customers/{customer}/overrides").json()["overrides"] == []


@pytest.mark.parametrize("in_header", [False, True])
def test_the_same_override_again_is_answered_as_the_first_time(
    staff: httpx.Client, customer: str, in_header: bool
) -> None:
    name = f"once-{customer}"
    given: Json = {} if in_header else {"event_id": name}
    headers = {"idempotency-key": name} if in_header else {}
    body = {"kind": "hold_all", "author": "eve", "reason": "grief", **given}
    path = f"/v1/customers/{customer}/overrides"
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: staff.post(path, json=body, headers=headers), range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert len({answer.text for answer in answers}) == 1
    assert answers[0].json()["event_id"] == name
    other = staff.post(path, json={**body, "reason": "joy"}, headers=headers)
    assert (other.status_code, other.json()["type"]) == (409, "/problems/event-conflict")


def test_goodwill_of_staff_comes_from_the_budget_and_is_what_the_apology_offers(
    staff: httpx.Client, shop: httpx.Client
) -> None:
    customers = [f"g{number}" for number in range(6)]
    for customer_id in customers:
        event = {
            "type": "complaint_opened",
            "source": "test",
            "event_id": customer_id,
            "occurred_at": at(0.0),
        }
        sent = {**event, "customer_id": customer_id, "complaint_id": customer_id}
        shop.post("/v1/events", json=sent).raise_for_status()
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda who: overrule(staff, who, "goodwill", amount="15"), customers))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert refused.json()["type"] == "/problems/goodwill-spent"
    lucky = customers[[answer.status_code for answer in answers].index(201)]
    sorry = staff.get(f"/v1/customers/{lucky}/actions?channel=email&request_id=r1").json()["actions"][0]
    assert (sorry["action"], sorry["amount"]) == ("sorry", 15.0)
    unlucky = customers[[answer.status_code for answer in answers].index(409)]
    without = staff.get(f"/v1/customers/{unlucky}/actions?channel=email&request_id=r1").json()["actions"][0]
    assert without["action"] == "sorry"
    assert "amount" not in without


@pytest.mark.parametrize(
    "said",
    [
        {"kind": "bribe"}, {"kind": "pin"}, {"kind": "hold_all", "action": "thanks"},
        {"kind": "suppress", "action": "thx"}, {"kind": "suppress", "item_id": "nowhere"},
        {"kind": "boost", "action": "thanks"}, {"kind": "boost", "action": "thanks", "amount": "0"},
        {"kind": "boost", "action": "thanks", "amount": "1001"}, {"kind": "pin", "action": "thanks", "amount": "2"},
        {"kind": "goodwill"}, {"kind": "goodwill", "amount": "5", "currency": "GBP"},
        {"kind": "hold_all", "expires_at": "2020-01-01T00:00:00Z"}, {"kind": "hold_all", "author": ""},
        {"kind": "hold_all", "until": "2099-01-01T00:00:00Z"}, {"kind": "hold_all", "reason": ""},
        {"kind": "hold_all", "reason": " \n\t "}, {"kind": "hold_all", "author": "  "},
        {"kind": "goodwill", "amount": "5", "action": "for-you"}, {"kind": "goodwill", "amount": "2000000000"},
        {"kind": "goodwill", "amount": "0.1234567890123"}, {"kind": "boost", "action": "thanks", "amount": "2", "currency": "EUR"},
        {"kind": "hold_all", "expires_at": "9999-12-31T23:59:59-12:00"},
    ],
)  # fmt: skip
def test_overrides_that_cannot_be_meant_are_refused(staff: httpx.Client, customer: str, said: Json) -> None:
    answer = overrule(staff, customer, **said)
    assert answer.status_code == 422, answer.text
    problem = answer.json()
    assert problem["expected"]
    assert problem["found"]
    assert problem["remedy"]
    assert "price" not in problem["remedy"]
    assert staff.get(f"/v1/customers/{customer}/overrides").json()["overrides"] == []


def test_goodwill_for_what_is_no_apology_is_answered_with_the_apologies(
    staff: httpx.Client, customer: str
) -> None:
    problem = overrule(staff, customer, "goodwill", amount="5", action="for-you").json()
    assert (problem["expected"], problem["found"]) == ("one of sorry", "for-you")


def test_a_time_that_nobody_can_show_but_that_was_written_long_ago_is_shown_as_the_nearest(
    api: RunningApi, staff: httpx.Client, customer: str
) -> None:
    never = datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone(-timedelta(hours=12)))
    word = Override(
        source="crm", event_id=f"never-{customer}", occurred_at=datetime.now(UTC), customer_id=customer,
        kind="hold_all", author="eve", reason="she asked", expires_at=never,
    )  # fmt: skip
    log = open_log(api.settings)
    try:
        log.append([word])
    finally:
        log.close()
    (shown,) = staff.get(f"/v1/customers/{customer}/overrides").raise_for_status().json()["overrides"]
    assert shown["expires_at"] == "9999-12-31T23:59:59Z"
    page = staff.get(f"/v1/customers/{customer}").raise_for_status().json()
    assert page["dealings"]["overrides"] == [shown]
    ended = staff.delete(f"/v1/customers/{customer}/overrides/never-{customer}")
    assert ended.status_code == 200, ended.text
    assert staff.get(f"/v1/customers/{customer}/overrides").json()["overrides"] == []


def test_a_wrong_action_is_answered_with_the_nearest_right_one(staff: httpx.Client, customer: str) -> None:
    answer = overrule(staff, customer, "suppress", action="thanx")
    assert answer.json()["remedy"] == "did you mean thanks?"


@pytest.mark.parametrize("amount", ["1_000", " 5 ", "٣", "+5", "05", "5.", ".5", "NaN", "0x10", ""])
def test_an_amount_that_json_would_not_read_is_no_decimal(
    staff: httpx.Client, customer: str, amount: str
) -> None:
    problem = overrule(staff, customer, "boost", action="thanks", amount=amount).json()
    assert problem["status"] == 422
    assert problem["expected"]
    assert problem["found"]
    assert staff.get(f"/v1/customers/{customer}/overrides").json()["overrides"] == []


@pytest.mark.parametrize("amount", ["2", "2.50", "1e1", 2, 2.5])
def test_an_amount_is_a_number_or_one_as_text(
    staff: httpx.Client, customer: str, amount: str | float
) -> None:
    assert overrule(staff, customer, "boost", action="thanks", amount=amount).status_code == 201


def test_what_is_wrong_with_an_expiry_or_an_action_is_said(staff: httpx.Client, customer: str) -> None:
    naive = overrule(staff, customer, "hold_all", expires_at="2099-01-01T00:00:00").json()
    assert (naive["status"], naive["detail"]) == (422, "expires_at has no time zone")
    empty = overrule(staff, customer, "pin", action="").json()
    assert (empty["status"], empty["found"]) == (422, "an empty text")

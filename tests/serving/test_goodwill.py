"""A goodwill budget that cannot be overspent: not by events of staff's tools, and not by what visitors accept."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import jwt
import pytest

from tests.serving.playbooks import PLAYBOOK, with_playbook
from tests.serving.running_api import RunningApi, copied
from tests.serving.shops import Json, at

BUDGET = 20.0


@pytest.fixture
def api(trained_home: Path, tmp_path: Path) -> Iterator[RunningApi]:
    with RunningApi(with_playbook(copied(trained_home, tmp_path / "home"))) as running:
        yield running


@pytest.fixture
def shop(api: RunningApi) -> httpx.Client:
    return api.client(api.make_key("server").text)


def override(customer_id: str, amount: str = "15") -> Json:
    return {
        "type": "override",
        "source": "crm",
        "event_id": f"o-{customer_id}",
        "occurred_at": at(0.0),
        "customer_id": customer_id,
        "kind": "goodwill",
        "author": "eve",
        "reason": "the leg broke",
        "amount": amount,
    }


def complaint(customer_id: str) -> Json:
    return {
        "type": "complaint_opened",
        "source": "desk",
        "event_id": f"c-{customer_id}",
        "occurred_at": at(0.001),
        "customer_id": customer_id,
        "complaint_id": customer_id,
    }


def yes(customer_id: str, decision_id: str, **said: object) -> Json:
    return {
        "type": "response",
        "source": "web",
        "event_id": f"y-{customer_id}",
        "occurred_at": at(0.0),
        "customer_id": customer_id,
        "decision_id": decision_id,
        "rank": 1,
        "outcome": "accepted",
        **said,
    }


def test_goodwill_sent_as_an_event_is_refused_when_the_budget_is_spent(shop: httpx.Client) -> None:
    assert shop.post("/v1/events", json=override("a")).status_code == 202
    refused = shop.post("/v1/events", json=override("b"))
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/goodwill-spent")
    assert refused.json()["found"] == "15 granted and 15 asked for"
    assert shop.get("/v1/customers/b").status_code == 404
    batch = shop.post("/v1/events", json=[override("c"), override("d", "5"), override("e", "1")])
    assert batch.status_code == 207
    results = batch.json()["results"]
    assert [one["status"] for one in results] == ["conflict", "accepted", "conflict"]
    assert results[0]["problem"]["type"] == "/problems/goodwill-spent"
    none = shop.post("/v1/events", json=[override("f"), override("g")])
    assert (none.status_code, none.json()["type"]) == (409, "/problems/goodwill-spent")
    atomic = shop.post("/v1/events?atomic=true", json=[complaint("h"), override("h")])
    assert (atomic.status_code, atomic.json()["type"]) == (409, "/problems/goodwill-spent")
    assert shop.get("/v1/customers/h").status_code == 404


def test_however_many_send_goodwill_at_once_the_budget_holds(shop: httpx.Client) -> None:
    with ThreadPoolExecutor(16) as pool:
        answers = list(
            pool.map(lambda n: shop.post("/v1/events", json=override(f"p{n}", "5")).status_code, range(16))
        )
    assert sorted(answers) == [202] * 4 + [409] * 12


def test_an_apology_that_a_visitor_accepts_is_taken_from_the_budget(shop: httpx.Client) -> None:
    people = ("v1", "v2", "v3")
    shop.post("/v1/events", json=[complaint(one) for one in people]).raise_for_status()
    shown = {one: shop.get(f"/v1/customers/{one}/actions?channel=web&k=1").json() for one in people}
    assert [(one["actions"][0]["action"], one["actions"][0]["amount"]) for one in shown.values()] == [
        ("sorry", BUDGET)
    ] * 3
    accepted = yes("v1", shown["v1"]["decision_id"])
    first = shop.post("/v1/events", json=accepted)
    assert first.status_code == 202
    second = shop.post("/v1/events", json=yes("v2", shown["v2"]["decision_id"]))
    assert (second.status_code, second.json()["type"]) == (409, "/problems/goodwill-spent")
    said = shop.get("/v1/customers/v1").json()["history"][0]["event"]
    assert (said["action"], said["amount"]) == ("sorry", "20")
    again = shop.post("/v1/events", json=accepted)
    assert again.json()["duplicates"] == 1
    later = shop.get("/v1/customers/v3/actions?channel=web&k=1").json()["actions"][0]
    assert later["action"] == "sorry"
    assert "amount" not in later


def test_what_a_visitor_dismisses_costs_nothing(shop: httpx.Client) -> None:
    shop.post("/v1/events", json=[complaint("w1"), complaint("w2")]).raise_for_status()
    decided = shop.get("/v1/customers/w1/actions?channel=web&k=1").json()["decision_id"]
    shop.post("/v1/events", json=yes("w1", decided, outcome="dismissed")).raise_for_status()
    assert shop.get("/v1/customers/w2/actions?channel=web&k=1").json()["actions"][0]["amount"] == BUDGET


def test_a_reserved_apology_that_is_sent_and_accepted_counts_once(shop: httpx.Client) -> None:
    shop.post("/v1/events", json=[complaint("m1"), complaint("m2")]).raise_for_status()
    slate = shop.get("/v1/customers/m1/actions?channel=email&k=1&request_id=r1").json()
    assert slate["actions"][0]["amount"] == BUDGET
    sent = {
        "type": "contact_sent",
        "source": "mail",
        "event_id": "m1-sent",
        "occurred_at": at(0.0),
        "customer_id": "m1",
        "channel": "email",
        "decision_id": slate["decision_id"],
        "request_id": "r1",
        "rank": 1,
    }
    for event in (sent, yes("m1", slate["decision_id"])):
        assert shop.post("/v1/events", json=event).status_code == 202


def test_a_public_key_may_not_say_how_much_was_given(api: RunningApi, shop: httpx.Client) -> None:
    shop.post("/v1/events", json=complaint("x1")).raise_for_status()
    decided = shop.get("/v1/customers/x1/actions?channel=web&k=1").json()["decision_id"]
    key = api.make_key("widget")
    now = int(time.time())
    claims = {"sub": "x1", "aud": "rapport", "iat": now, "exp": now + 600}
    token = jwt.encode(claims, key.record.signing_secret or b"", algorithm="HS256")
    browser = api.client(key.text, **{"x-rapport-customer-token": token})
    assert browser.post("/v1/events", json=yes("x1", decided, amount="1")).status_code == 403
    assert browser.post("/v1/events", json=yes("x1", decided)).status_code == 202
    assert shop.get("/v1/customers/x1").json()["history"][0]["event"]["amount"] == "20"


ROOMY = PLAYBOOK.replace("per_customer = 20.0, total = 20.0", "per_customer = 100.0, total = 100.0")


def shown(shop: httpx.Client, customer_id: str, asked: str = "channel=web") -> str:
    """Return the decision that offers a customer goodwill."""
    slate = shop.get(f"/v1/customers/{customer_id}/actions?k=1&{asked}").json()
    assert slate["actions"][0]["amount"] == BUDGET
    return str(slate["decision_id"])


def test_of_two_tabs_that_showed_one_apology_the_second_that_is_accepted_is_refused(
    trained_home: Path, tmp_path: Path
) -> None:
    home = with_playbook(copied(trained_home, tmp_path / "tabs"), ROOMY)
    with RunningApi(home) as running:
        shop = running.client(running.make_key("server").text)
        shop.post("/v1/events", json=complaint("t1")).raise_for_status()
        one, other = shown(shop, "t1"), shown(shop, "t1")
        first = yes("t1", one)
        assert shop.post("/v1/events", json=first).status_code == 202
        second = yes("t1", other, event_id="y-other")
        refused = shop.post("/v1/events", json=second)
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/goodwill-given")
        told = refused.json()
        assert (told["expected"], told["found"], told["remedy"]) == (
            "one sum for each complaint",
            f"complaint t1, given by decision {one}",
            "do not pay it again",
        )
        batch = shop.post("/v1/events", json=[second, complaint("t2")])
        assert [one["status"] for one in batch.json()["results"]] == ["conflict", "accepted"]
        assert batch.json()["results"][0]["problem"]["type"] == "/problems/goodwill-given"
        given = shop.get("/v1/customers/t1").json()["dealings"]["given"]
        assert [(one["decision_id"], one["amount"]) for one in given] == [(one, BUDGET)]
    with RunningApi(home) as again:
        shop = again.client(again.make_key("server").text)
        assert shop.post("/v1/events", json=second).status_code == 409
        assert shop.post("/v1/events", json=first).json()["duplicates"] == 1


def test_an_apology_that_was_mailed_is_not_paid_by_what_a_tab_showed_before(
    trained_home: Path, tmp_path: Path
) -> None:
    with RunningApi(with_playbook(copied(trained_home, tmp_path / "mailed"), ROOMY)) as running:
        shop = running.client(running.make_key("server").text)
        shop.post("/v1/events", json=complaint("u1")).raise_for_status()
        tab = shown(shop, "u1")
        mail = shown(shop, "u1", "channel=email&request_id=r1")
        reserved = shop.post("/v1/events", json=yes("u1", tab))
        assert (reserved.status_code, reserved.json()["found"]) == (
            409,
            f"complaint u1, reserved by decision {mail}",
        )
        sent = {"type": "contact_sent", "event_id": "u1-sent", "request_id": "r1", "channel": "email"}
        envelope = {
            name: yes("u1", mail)[name] for name in ("source", "occurred_at", "customer_id", "decision_id")
        }
        shop.post("/v1/events", json=envelope | sent).raise_for_status()
        assert shop.post("/v1/events", json=yes("u1", tab)).status_code == 409
        assert shop.post("/v1/events", json=yes("u1", mail, event_id="y-mail")).status_code == 202


def test_after_an_accepted_apology_the_next_one_offers_the_rest_of_the_customers_budget(
    trained_home: Path, tmp_path: Path
) -> None:
    roomy = PLAYBOOK.replace("per_customer = 20.0, total = 20.0", "per_customer = 30.0, total = 100.0")
    with RunningApi(with_playbook(copied(trained_home, tmp_path / "roomy"), roomy)) as running:
        shop = running.client(running.make_key("server").text)
        shop.post("/v1/events", json=complaint("z1")).raise_for_status()
        first = shop.get("/v1/customers/z1/actions?channel=web&k=1").json()
        assert first["actions"][0]["amount"] == BUDGET
        shop.post("/v1/events", json=yes("z1", first["decision_id"])).raise_for_status()
        another = complaint("z1") | {"event_id": "c-z1-2", "complaint_id": "z1-2", "occurred_at": at(0.0005)}
        shop.post("/v1/events", json=another).raise_for_status()
        second = shop.get("/v1/customers/z1/actions?channel=web&k=1").json()["actions"][0]
        assert (second["action"], second["amount"]) == ("sorry", 30.0 - BUDGET)
        shown = shop.get("/v1/customers/z1").json()["dealings"]["given"]
        assert [(one["amount"], one["rank"]) for one in shown] == [(BUDGET, 1)]


def test_goodwill_in_another_currency_passes_no_budget_by(shop: httpx.Client) -> None:
    shop.post("/v1/events", json=[complaint("u1")]).raise_for_status()
    shown = shop.get("/v1/customers/u1/actions?channel=web&k=1").json()
    for extra in ({"currency": "USD"}, {"currency": "USD", "amount": "1000000000"}):
        refused = shop.post("/v1/events", json=yes("u1", shown["decision_id"], **extra))
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/goodwill-currency")
        assert (refused.json()["expected"], refused.json()["found"]) == ("EUR", "USD")
    granted = shop.post("/v1/events", json={**override("u2"), "currency": "USD"})
    assert (granted.status_code, granted.json()["type"]) == (409, "/problems/goodwill-currency")
    assert shop.post("/v1/events", json=yes("u1", shown["decision_id"], currency="EUR")).status_code == 202

"""``DELETE /v1/customers/{id}``: gone on every route of every worker, again and again the same answer."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import httpx
import pytest

from tests.serving.playbooks import with_playbook
from tests.serving.running_api import RunningApi, copied, eventually, settings_for
from tests.serving.shops import Json, offered, purchase, view

NAMES = count(1)
GONE = "/problems/customer-erased"
DECISION_GONE = "/problems/decision-erased"


@pytest.fixture(scope="module")
def api(trained_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApi]:
    home = copied(trained_home, tmp_path_factory.mktemp("erasing") / "home")
    with RunningApi(with_playbook(home)) as running:
        yield running


@pytest.fixture(scope="module")
def admin(api: RunningApi, shop: httpx.Client) -> httpx.Client:
    return api.client(api.make_key("admin").text)


@pytest.fixture
def customer(shop: httpx.Client) -> str:
    """Somebody who bought order O-customer, said yes to email, complained and was promised goodwill."""
    name = f"eve-{next(NAMES)}"
    bought = purchase(name, "item-03", order_id=f"O-{name}")
    shop.post("/v1/events", json=bought).raise_for_status()
    yes = {"channel": "email", "status": "subscribed"}
    shop.post(f"/v1/customers/{name}/consents", json=yes).raise_for_status()
    return name


def erase(admin: httpx.Client, customer_id: str, **query: str) -> Json:
    answer = admin.delete(f"/v1/customers/{customer_id}", params=query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def is_gone(answer: httpx.Response, problem: str = GONE) -> bool:
    return (answer.status_code, answer.json()["type"]) == (410, problem)


def test_again_is_answered_as_the_first_time(admin: httpx.Client, customer: str) -> None:
    first = erase(admin, customer, reason="request of 30 January")
    assert (first["was_known"], first["events"], first["projected"]) == (True, 2, True)
    assert first["reason"] == "request of 30 January"
    assert erase(admin, customer) == erase(admin, customer, reason="another") == first
    assert customer not in str(first)


def test_every_route_says_that_they_are_gone_or_knows_nobody(
    shop: httpx.Client, admin: httpx.Client, customer: str
) -> None:
    base = f"/v1/customers/{customer}"
    assert shop.get(f"/v1/customers?order_id=O-{customer}").json()["customers"]
    slate = shop.get(f"{base}/actions?channel=email&k=1&request_id=mail-{customer}").json()
    seen = shop.get(f"{base}/actions?channel=web").json()["decision_id"]
    erase(admin, customer)
    assert is_gone(shop.get(base))
    assert is_gone(shop.get(f"/v1/decisions/{slate['decision_id']}"), DECISION_GONE)
    assert is_gone(shop.get(f"/v1/decisions/{seen}"), DECISION_GONE)
    assert shop.get(f"/v1/customers?order_id=O-{customer}").json()["customers"] == []
    why = shop.get(f"{base}/why-not?action=for-you&channel=web").json()
    assert why["customer_version"] == 0
    assert is_gone(shop.get(f"{base}/consents"))
    assert is_gone(shop.get(f"{base}/overrides"))
    assert is_gone(admin.delete(f"{base}/overrides/desk-1"))
    slate = shop.get(f"{base}/actions?channel=web&k=40").json()
    assert (slate["customer_version"], slate["cold"]) == (0, True)
    assert "item-03" in offered(slate, "for-you")
    assert is_gone(shop.get(f"/v1/decisions/{slate['decision_id']}"), DECISION_GONE)


def test_what_is_sent_for_them_is_refused_by_name(
    shop: httpx.Client, admin: httpx.Client, customer: str
) -> None:
    erase(admin, customer)
    late, others = purchase(customer, "item-04"), purchase("somebody", "item-04")
    assert is_gone(shop.post("/v1/events", json=late))
    both = shop.post("/v1/events", json=[late, others])
    told = both.json()
    assert (both.status_code, told["suppressed"], told["accepted"]) == (207, 1, 1)
    assert [one["status"] for one in told["results"]] == ["suppressed", "accepted"]
    assert told["results"][0]["problem"]["type"] == GONE
    assert customer not in told["results"][0]["problem"]["detail"]
    whole = shop.post("/v1/events", json=[late, view("item-01", customer_id=customer)])
    assert is_gone(whole)
    assert [one["status"] for one in whole.json()["results"]] == ["suppressed", "suppressed"]
    assert "2 of erased customers" in whole.json()["detail"]
    assert is_gone(shop.post("/v1/events?atomic=true", json=[purchase("somebody", "item-05"), late]))
    assert is_gone(shop.get(f"/v1/customers/{customer}"))
    assert 'rapport_events_total{status="suppressed"}' in shop.get("/metrics").text


def test_staff_and_preference_centre_are_told_too(
    shop: httpx.Client, admin: httpx.Client, customer: str
) -> None:
    erase(admin, customer)
    base = f"/v1/customers/{customer}"
    assert is_gone(shop.post(f"{base}/consents", json={"channel": "email", "status": "subscribed"}))
    hold = {"kind": "hold_all", "author": "eve", "reason": "she asked"}
    assert is_gone(admin.post(f"{base}/overrides", json=hold))


def test_no_contact_is_reserved_for_them(shop: httpx.Client, admin: httpx.Client, customer: str) -> None:
    erase(admin, customer)
    for channel in ("email", "sms"):
        asked = f"/v1/customers/{customer}/actions?channel={channel}&request_id={channel}-{customer}"
        slate = shop.get(asked).json()
        assert (slate["actions"], slate["because"]) == ([], "the customer was erased")
        assert "reserved_until" not in slate
        assert "degraded" not in slate


def test_a_preview_of_what_would_go_out_says_nothing_to_them_and_why(
    shop: httpx.Client, admin: httpx.Client, customer: str
) -> None:
    base = f"/v1/customers/{customer}"
    before = shop.get(f"{base}/actions?channel=email").json()
    assert before["actions"]
    erase(admin, customer)
    asked = {"customer_id": customer, "channel": "email"}
    slates = [
        shop.get(f"{base}/actions?channel=email").json(),
        shop.post("/v1/decisions", json=asked).json(),
    ]
    for slate in slates:
        assert (slate["actions"], slate["because"]) == ([], "the customer was erased")
        assert "degraded" not in slate
        assert is_gone(shop.get(f"/v1/decisions/{slate['decision_id']}"), DECISION_GONE)
    assert is_gone(shop.get(f"{base}/why-not?action=for-you&channel=email"))
    nobody = shop.get(f"/v1/customers/nobody-{next(NAMES)}/actions?channel=email").json()
    assert nobody["actions"], "who is not known, and was not erased, is answered"


def test_a_click_in_an_old_mail_is_answered_and_writes_nothing(
    api: RunningApi, shop: httpx.Client, admin: httpx.Client, customer: str
) -> None:
    page = shop.get(f"/v1/customers/{customer}/consents").json()["consents"]
    path = next(one["unsubscribe_path"] for one in page if one["channel"] == "email")
    erase(admin, customer)
    answer = api.client().post(path, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert is_gone(shop.get(f"/v1/customers/{customer}"))


def test_whoever_is_not_known_is_kept_out_and_that_is_said(shop: httpx.Client, admin: httpx.Client) -> None:
    name = f"nobody-{next(NAMES)}"
    assert shop.get(f"/v1/customers/{name}").status_code == 404
    first = erase(admin, name)
    assert (first["was_known"], first["events"]) == (False, 0)
    assert is_gone(shop.post("/v1/events", json=purchase(name, "item-04")))


@pytest.mark.parametrize("query", ["reason=", "reason=a%0Ab", "why=x"])
def test_a_reason_that_is_no_line_is_refused(
    shop: httpx.Client, admin: httpx.Client, customer: str, query: str
) -> None:
    assert admin.delete(f"/v1/customers/{customer}?{query}").status_code == 422
    assert shop.get(f"/v1/customers/{customer}").status_code == 200


def test_only_admins_erase(api: RunningApi, shop: httpx.Client, customer: str) -> None:
    for client in (shop, api.client(api.make_key("staff").text), api.client(api.make_key("widget").text)):
        assert client.delete(f"/v1/customers/{customer}").status_code == 403
    assert shop.get(f"/v1/customers/{customer}").status_code == 200


def test_the_problem_explains_itself(shop: httpx.Client) -> None:
    assert shop.get(GONE).json()["status"] == 410


def test_another_worker_forgets_what_it_remembered(trained_home: Path, tmp_path: Path) -> None:
    """Two workers of one home, without a playbook: then slates are remembered, by the version of the customer."""
    settings = settings_for(copied(trained_home, tmp_path / "home"))
    with RunningApi(settings) as one, RunningApi(settings) as two:
        key = one.make_key("admin").text
        first, second = one.client(key), two.client(key)
        for client in (first, second):
            eventually(lambda: client.get("/readyz").json()["state"]["ok"], what="the state store is trusted")  # noqa: B023
        path = "/v1/customers/c01/actions"
        before = {client.get(path).json()["decision_id"] for client in (first, second) for _ in range(3)}
        assert len(before) == 2
        erase(first, "c01")
        after = second.get(path).json()
        assert (after["customer_version"], after["decision_id"] in before) == (0, False)
        for decision_id in before:
            assert is_gone(second.get(f"/v1/decisions/{decision_id}"), DECISION_GONE)


def test_an_erasure_with_a_body_is_refused_as_nobody_reads_it(
    shop: httpx.Client, admin: httpx.Client, customer: str
) -> None:
    path = f"/v1/customers/{customer}"
    for content in (b'{"dry_run": true}', iter([b"{}"])):
        refused = admin.request("DELETE", path, content=content, headers={"Content-Type": "application/json"})
        assert (refused.status_code, refused.json()["detail"]) == (422, "an erasure takes no body")
    assert shop.get(path).status_code == 200
    assert admin.request("DELETE", path, headers={"Content-Length": "0"}).status_code == 200

"""Who may call what: every cell of the table, over HTTP."""

import time
from typing import Any

import httpx
import jwt
import pytest

from serving.auth.access import ALLOWED, WIDGET_EVENT_TYPES
from serving.auth.keys import SCOPES, NewKey
from serving.table import PATHS
from tests.serving.running_api import RunningApi, eventually
from tests.serving.shops import purchase, view

# The table of serving/auth/access.py as its documentation has it, written out: scopes that may call.
EXPECTED = {
    ("GET", "/v1/customers/{id}/actions"): {"widget", "server", "staff", "admin"},
    ("POST", "/v1/decisions"): {"widget", "server", "staff", "admin"},
    ("POST", "/v1/events"): {"widget", "server", "staff", "admin"},
    ("GET", "/v1/items/{id}/related"): {"widget", "server", "staff", "admin"},
    ("GET", "/v1/items/{id}"): {"widget", "server", "staff", "admin"},
    ("PATCH", "/v1/items"): {"server", "admin"},
    ("PUT", "/v1/items"): {"server", "admin"},
    ("GET", "/v1/ownership"): {"server", "admin"},
    ("PUT", "/v1/ownership"): {"server", "admin"},
    ("GET", "/v1/customers/{id}/consents"): {"server", "staff", "admin"},
    ("POST", "/v1/customers/{id}/consents"): {"server", "staff", "admin"},
    ("GET", "/v1/customers"): {"server", "staff", "admin"},
    ("GET", "/v1/customers/{id}"): {"server", "staff", "admin"},
    ("DELETE", "/v1/customers/{id}"): {"admin"},
    ("GET", "/v1/decisions/{id}"): {"server", "staff", "admin"},
    ("GET", "/v1/customers/{id}/why-not"): {"server", "staff", "admin"},
    ("GET", "/v1/customers/{id}/overrides"): {"server", "staff", "admin"},
    ("POST", "/v1/customers/{id}/overrides"): {"staff", "admin"},
    ("DELETE", "/v1/customers/{id}/overrides/{event_id}"): {"staff", "admin"},
    ("GET", "/v1/playbook"): {"server", "staff", "admin"},
    ("GET", "/v1/model"): {"server", "staff", "admin"},
    ("GET", "/metrics"): {"server", "staff", "admin"},
}
OPEN = {
    "/livez",
    "/readyz",
    "/",
    "/docs",
    "/openapi.json",
    "/problems/{id}",
    "/widget.js",
    "/console",
    "/console.js",
}
SIGNED = {"/v1/unsubscribe/{token}"}
"""Open to who has a link that the API signed."""
BODIES: dict[tuple[str, str], Any] = {
    ("POST", "/v1/decisions"): {},
    ("PATCH", "/v1/items"): {"item_id": "item-00"},
    ("PUT", "/v1/items"): {"item_id": "item-00"},
    ("PUT", "/v1/ownership"): [],
    ("POST", "/v1/customers/{id}/consents"): {"channel": "email", "status": "pending"},
    ("POST", "/v1/customers/{id}/overrides"): {"kind": "hold_all", "author": "eve", "reason": "she asked"},
}
IDS = {
    ("GET", "/v1/customers/{id}/actions"): "c01",
    ("GET", "/v1/customers/{id}"): "c01",
    ("DELETE", "/v1/customers/{id}"): "gone-00",
    ("GET", "/v1/decisions/{id}"): "019c12ab-7e1c-7a60-9d4e-3f6a5b1c2d3e",
    ("GET", "/problems/{id}"): "forbidden",
}
"""Who or what is asked for, else `item-00`. Who is erased is asked for by nothing else."""


@pytest.fixture(scope="module")
def keys(api: RunningApi) -> dict[str, NewKey]:
    return {scope: api.make_key(scope) for scope in SCOPES}


def sign(key: NewKey, customer_id: str, **claims: Any) -> str:
    now = int(time.time())
    whole = {"sub": customer_id, "aud": "rapport", "iat": now, "exp": now + 600} | claims
    return str(jwt.encode(whole, key.record.signing_secret or b"", algorithm="HS256"))


def ask(client: httpx.Client, verb: str, template: str, **headers: str) -> httpx.Response:
    body = BODIES.get((verb, template))
    if (verb, template) == ("POST", "/v1/events"):
        body = view("item-00")
    path = template.replace("{id}", IDS.get((verb, template), "item-00")).replace("{event_id}", "e1")
    path += "?action=product_offer" if path.endswith("/why-not") else ""
    path += "?order_id=1042" if path.endswith("/customers") else ""
    return client.request(
        verb, path, json=body if verb in ("POST", "PUT", "PATCH") else None, headers=headers
    )


def test_the_table_of_this_test_is_the_table_of_the_api() -> None:
    assert {
        (method.verb, path.template) for path in PATHS for method in path.methods if method.operation
    } == set(EXPECTED)
    assert {
        path.template for path in PATHS if all(method.operation is None for method in path.methods)
    } == OPEN | SIGNED
    for path in PATHS:
        for method in path.methods:
            if method.operation is not None:
                assert ALLOWED[method.operation] == EXPECTED[method.verb, path.template]


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize(("verb", "template"), EXPECTED)
def test_each_scope_may_call_what_the_table_says(
    shop: httpx.Client, api: RunningApi, keys: dict[str, NewKey], scope: str, verb: str, template: str
) -> None:
    key = keys[scope]
    token = {"x-rapport-customer-token": sign(key, "c01")} if scope == "widget" else {}
    answer = ask(api.client(key.text), verb, template, **token)
    if scope in EXPECTED[verb, template]:
        assert answer.status_code in {200, 201, 202, 404}, answer.text
    else:
        assert answer.status_code == 403
        assert scope in answer.json()["found"]


@pytest.mark.parametrize(("verb", "template"), EXPECTED)
def test_nobody_gets_in_without_a_key(shop: httpx.Client, api: RunningApi, verb: str, template: str) -> None:
    answer = ask(api.client(), verb, template)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.json()["remedy"]


@pytest.mark.parametrize("template", sorted(OPEN))
def test_what_needs_no_key_is_open(shop: httpx.Client, api: RunningApi, template: str) -> None:
    assert ask(api.client(), "GET", template).status_code in {200, 307}


def test_a_key_may_come_in_its_own_header(
    api: RunningApi, shop: httpx.Client, keys: dict[str, NewKey]
) -> None:
    answer = api.client().get("/v1/model", headers={"x-api-key": keys["staff"].text})
    assert answer.status_code == 200


@pytest.mark.parametrize("key", ["rk_abcdefgh_" + "x" * 43, "Basic", "rk_1", "\xff" * 50])
def test_what_is_no_key_is_a_401_that_does_not_repeat_it(
    api: RunningApi, shop: httpx.Client, key: str
) -> None:
    headers = [(b"authorization", b"Bearer " + key.encode("latin-1"))]
    answer = httpx.get(f"{api.url}/v1/model", headers=headers)
    assert answer.status_code == 401
    assert key not in answer.text


def test_a_revoked_key_is_refused_within_a_second(api: RunningApi, shop: httpx.Client) -> None:
    key = api.make_key("server")
    client = api.client(key.text)
    assert client.get("/v1/model").status_code == 200
    api.revoke(key)
    eventually(lambda: client.get("/v1/model").status_code == 401, seconds=1.0)


@pytest.fixture(scope="module")
def key(api: RunningApi) -> NewKey:
    return api.make_key("widget", origins=("https://shop.example",))


@pytest.fixture
def widget(api: RunningApi, shop: httpx.Client, key: NewKey) -> httpx.Client:
    return api.client(key.text)


class TestWidget:
    """A widget key is public: a customer's own answers need the shop's token."""

    def test_without_a_token_only_anonymous_answers(self, widget: httpx.Client) -> None:
        assert widget.post("/v1/decisions", json={"cart": ["item-00"]}).status_code == 200
        for answer in (
            widget.get("/v1/customers/c01/actions"),
            widget.post("/v1/decisions", json={"customer_id": "c01"}),
            widget.post("/v1/events", json=view("item-00", customer_id="c01")),
        ):
            assert answer.status_code == 401
            assert "X-Rapport-Customer-Token" in answer.json()["expected"]

    def test_with_a_token_the_customers_own_and_nobody_elses(self, widget: httpx.Client, key: NewKey) -> None:
        own = {"x-rapport-customer-token": sign(key, "c01")}
        assert widget.get("/v1/customers/c01/actions", headers=own).status_code == 200
        assert widget.post("/v1/decisions", json={"customer_id": "c01"}, headers=own).status_code == 200
        assert (
            widget.post("/v1/events", json=view("item-00", customer_id="c01"), headers=own).status_code == 202
        )
        assert widget.get("/v1/customers/c02/actions", headers=own).status_code == 403
        assert widget.post("/v1/decisions", json={"customer_id": "c02"}, headers=own).status_code == 403
        batch = [view("item-00", customer_id="c01"), view("item-00", customer_id="c02")]
        assert widget.post("/v1/events", json=batch, headers=own).status_code == 403
        assert widget.get("/v1/customers/c01", headers=own).status_code == 403

    def test_tokens_that_do_not_hold_are_refused(
        self, widget: httpx.Client, key: NewKey, api: RunningApi
    ) -> None:
        now = int(time.time())
        other = api.make_key("widget")
        for token in (
            sign(other, "c01"),
            sign(key, "c01", exp=now - 1),
            sign(key, "c01", iat=now, exp=now + 901),
            sign(key, "c01", aud="elsewhere"),
            "nonsense",
        ):
            answer = widget.get("/v1/customers/c01/actions", headers={"x-rapport-customer-token": token})
            assert answer.status_code == 401

    def test_a_widget_reports_what_a_browser_can_know_and_nothing_else(
        self, widget: httpx.Client, key: NewKey
    ) -> None:
        own = {"x-rapport-customer-token": sign(key, "c01")}
        assert sorted(WIDGET_EVENT_TYPES) == ["cart", "impression", "response", "view"]
        assert widget.post("/v1/events", json=view("item-00")).status_code == 202
        refused = widget.post("/v1/events", json=[view("item-00"), purchase("c01", "item-00")], headers=own)
        assert refused.status_code == 403
        assert refused.json()["found"] == "purchase"

    def test_a_visitor_cannot_take_the_identity_of_an_order_that_is_still_to_come(
        self, widget: httpx.Client, shop: httpx.Client
    ) -> None:
        order = purchase("c03", "item-07")
        taken = view("item-00") | {name: order[name] for name in ("source", "event_id")}
        first, again = (widget.post("/v1/events", json=taken).json() for _ in range(2))
        assert first["results"][0]["source"] == f"widget:{order['source']}"
        assert (first["accepted"], again["duplicates"]) == (1, 1)
        bought = shop.post("/v1/events", json=order)
        assert (bought.status_code, bought.json()["accepted"]) == (202, 1)
        long = widget.post("/v1/events", json=view("item-00") | {"source": "s" * 250})
        assert (long.status_code, long.json()["type"]) == (422, "/problems/invalid-event")

    def test_browsers_read_answers_on_the_keys_own_origin_only(
        self, widget: httpx.Client, api: RunningApi
    ) -> None:
        good = widget.get("/v1/items/item-00", headers={"origin": "https://shop.example"})
        assert good.status_code == 200
        assert good.headers["access-control-allow-origin"] == "https://shop.example"
        assert "Origin" in good.headers["vary"]
        bad = widget.get("/v1/items/item-00", headers={"origin": "https://evil.example"})
        assert bad.status_code == 403
        assert "access-control-allow-origin" not in bad.headers
        assert "access-control-allow-origin" not in widget.get("/v1/items/item-00").headers
        unknown = api.client().get("/v1/items/item-00", headers={"origin": "https://shop.example"})
        assert unknown.status_code == 401
        assert unknown.headers["access-control-allow-origin"] == "https://shop.example"

    def test_preflights_are_answered_without_a_key(self, widget: httpx.Client, api: RunningApi) -> None:
        assert widget.get("/v1/items/item-00").status_code == 200
        asked = {"access-control-request-method": "POST", "access-control-request-headers": "authorization"}
        good = api.client().options("/v1/events", headers={"origin": "https://shop.example", **asked})
        assert good.status_code == 204
        assert good.headers["access-control-allow-origin"] == "https://shop.example"
        assert "authorization" in good.headers["access-control-allow-headers"]
        assert "POST" in good.headers["access-control-allow-methods"]
        bad = api.client().options("/v1/events", headers={"origin": "https://evil.example", **asked})
        assert bad.status_code == 403
        assert "access-control-allow-origin" not in bad.headers
        assert api.client().options("/v1/events").status_code == 405

    def test_a_page_of_staff_may_send_every_method_of_the_api_and_its_headers(
        self, widget: httpx.Client, api: RunningApi
    ) -> None:
        assert widget.get("/v1/items/item-00").status_code == 200
        asked = {"origin": "https://shop.example", "access-control-request-method": "DELETE"}
        allowed = api.client().options("/v1/customers/c01/overrides/1", headers=asked).headers
        methods = set(allowed["access-control-allow-methods"].split(", "))
        assert methods == {method.verb for path in PATHS for method in path.methods}
        assert "idempotency-key" in allowed["access-control-allow-headers"]

    def test_no_cache_keeps_an_answer_or_a_problem(self, widget: httpx.Client, shop: httpx.Client) -> None:
        answers = (shop.get("/v1/customers/c01/actions"), widget.get("/v1/customers/c01/actions"))
        assert [one.status_code for one in answers] == [200, 401]
        assert [one.headers["cache-control"] for one in answers] == ["no-store", "no-store"]

"""The pages in a real browser that can reach nobody but us: ``/docs`` draws itself and sends requests, and the link out of a mail has its button."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.serving.chromium import Page
from tests.serving.playbooks import with_playbook
from tests.serving.running_api import RunningApi, copied
from tests.serving.shops import purchase
from tests.serving.test_consents import STRICT, listed, tell


@pytest.fixture(scope="module")
def api(trained_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApi]:
    home = copied(trained_home, tmp_path_factory.mktemp("pages") / "home")
    with RunningApi(with_playbook(home, STRICT)) as running:
        yield running


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    with Page(tmp_path / "profile") as opened:
        yield opened


def operation(api: RunningApi, verb: str, path: str) -> str:
    """Return where the page has an operation."""
    return str(api.client().get("/openapi.json").json()["paths"][path][verb]["operationId"])


def test_the_documentation_draws_every_operation_and_asks_nobody_else(
    api: RunningApi, shop: httpx.Client, page: Page
) -> None:
    page.open(f"{api.url}/docs")
    page.wait_for("document.querySelectorAll('#main details').length > 0")
    spec = api.client().get("/openapi.json").json()
    drawn = page.run("[...document.querySelectorAll('#main details[id]')].map(one => one.id)")
    told = [one["operationId"] for methods in spec["paths"].values() for one in methods.values()]
    assert sorted(drawn) == sorted(told)
    text = page.run("document.body.textContent")
    assert all(name in text for name in spec["components"]["schemas"])
    assert set(page.asked_for) <= {f"{api.url}/docs", f"{api.url}/openapi.json", f"{api.url}/favicon.ico"}
    assert [one for one in page.complaints if "favicon" not in one] == []


def test_a_request_of_the_documentation_is_answered(api: RunningApi, shop: httpx.Client, page: Page) -> None:
    shop.post("/v1/events", json=purchase("pia", "item-03")).raise_for_status()
    page.open(f"{api.url}/docs")
    one = f"document.getElementById('{operation(api, 'get', '/v1/customers/{id}')}')"
    page.wait_for(f"{one} !== null")
    sent = f"{one}.querySelector('div button').click()"
    shown = f"[...{one}.children].find(part => part.tagName === 'PRE').textContent"
    page.run(f"{one}.open = true; {one}.querySelector('input').value = 'pia'; {sent}")
    page.wait_for(f"{shown}.includes('401 in')")
    key = api.make_key("server").text
    page.run(f"document.getElementById('key').value = '{key}'; {sent}")
    page.wait_for(f"{shown}.includes('200 in')")
    answer = page.run(shown)
    assert answer.startswith("GET /v1/customers/pia")
    assert '"customer_id": "pia"' in answer
    assert '"item_id": "item-03"' in answer


def test_a_body_is_sent_as_it_is_edited(api: RunningApi, shop: httpx.Client, page: Page) -> None:
    page.open(f"{api.url}/docs")
    one = f"document.getElementById('{operation(api, 'post', '/v1/decisions')}')"
    page.wait_for(f"{one} !== null")
    key = api.make_key("server").text
    page.run(f"document.getElementById('key').value = '{key}'")
    body = '{"customer_id": "c01", "k": 2, "channel": "web"}'
    page.run(f"{one}.querySelector('textarea').value = '{body}'; {one}.querySelector('div button').click()")
    shown = f"[...{one}.children].find(part => part.tagName === 'PRE').textContent"
    page.wait_for(f"{shown}.includes('200 in')")
    assert page.run(f"JSON.parse({shown}.split('\\n\\n').slice(1).join('')).actions.length") == 2


def test_the_button_behind_the_link_of_a_mail_unsubscribes(
    api: RunningApi, shop: httpx.Client, page: Page
) -> None:
    tell(shop, "uma", "subscribed").raise_for_status()
    page.open(api.url + listed(shop, "uma")["email", "offers"]["unsubscribe_path"])
    page.wait_for("document.querySelector('button') !== null")
    assert "status" not in listed(shop, "uma")["email", "offers"]
    page.run("document.querySelector('button').click()")
    page.wait_for("document.body.textContent.includes('offers')")
    assert listed(shop, "uma")["email", "offers"]["status"] == "unsubscribed"
    assert all(url.startswith(api.url) for url in page.asked_for)

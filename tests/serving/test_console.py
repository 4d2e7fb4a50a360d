"""The page of staff in a real browser: an order number finds the customer, what to say next is there, and the next decision obeys."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import httpx
import pytest

from tests.serving.chromium import Page
from tests.serving.playbooks import PLAYBOOK, with_playbook
from tests.serving.running_api import RunningApi, copied, eventually
from tests.serving.shops import Json, at, purchase

NAMES = count(1)
TEXT = "document.body.innerText"
ACTIONS = "[...document.querySelectorAll('#next .action')]"


@pytest.fixture(scope="module")
def api(trained_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApi]:
    home = copied(trained_home, tmp_path_factory.mktemp("console") / "home")
    with RunningApi(with_playbook(home, PLAYBOOK)) as running:
        yield running


@pytest.fixture(scope="module")
def key(api: RunningApi) -> str:
    made = api.make_key("staff").text
    client = api.client(made)
    eventually(lambda: client.get("/v1/playbook").status_code == 200)
    return made


@pytest.fixture
def page(api: RunningApi, key: str, tmp_path: Path) -> Iterator[Page]:
    """The page, with a key typed in."""
    with Page(tmp_path / "profile") as opened:
        opened.open(f"{api.url}/console")
        opened.wait_for("document.getElementById('author') !== null && typeof find === 'function'")
        opened.run(
            f"document.getElementById('key').value = '{key}'; document.getElementById('author').value = 'mira'"
        )
        yield opened


@pytest.fixture
def customer(shop: httpx.Client) -> str:
    """Somebody who bought something, under an order number of its own."""
    name = f"Ünal & Söhne/{next(NAMES)}"
    bought = purchase(name, "item-03", order_id=f"R-{name}", days_ago=2.0)
    shop.post("/v1/events", json=bought).raise_for_status()
    return name


def search(page: Page, text: str) -> None:
    page.run(
        f"document.getElementById('asked').value = {text!r}; document.querySelector('#find button').click()"
    )


def opened(page: Page, customer: str) -> None:
    search(page, customer)
    page.wait_for(f"!document.getElementById('customer').hidden && {TEXT}.includes('Customer {customer}')")
    page.wait_for(f"{ACTIONS}.length > 0 || document.getElementById('nothing') !== null")


def press(page: Page, text: str, inside: str = "document") -> None:
    page.run(f"[...{inside}.querySelectorAll('button')].find(one => one.textContent === '{text}').click()")


def history(shop: httpx.Client, customer: str, kind: str) -> list[Json]:
    page = shop.get("/v1/customers/" + customer.replace("/", "%2F").replace("&", "%26").replace(" ", "%20"))
    return [one["event"] for one in page.raise_for_status().json()["history"] if one["event"]["type"] == kind]


def test_an_order_number_opens_its_customer_with_history_and_what_to_say(
    shop: httpx.Client, page: Page, customer: str
) -> None:
    search(page, f"R-{customer}")
    page.wait_for(f"{TEXT}.includes('Customer {customer}')")
    page.wait_for(f"{ACTIONS}.length > 0")
    text = page.run(TEXT)
    assert "item-03" in page.run("document.getElementById('holdings').innerText")
    assert "purchase" in page.run("document.getElementById('history').innerText")
    assert f"R-{customer}" in text
    assert page.run("decodeURIComponent(location.hash)") == f"#{customer}"
    # That no customer is called as the order is asked for, and answered with 404.
    assert [one for one in page.complaints if "favicon" not in one and "404" not in one] == []


def test_a_name_an_address_and_a_phone_find_their_customer_and_their_other_ids(
    shop: httpx.Client, page: Page, customer: str
) -> None:
    told = {"source": "crm", "occurred_at": at(1), "customer_id": customer}
    who = {"name": "Zoë <b>Müller</b>", "email": "zoe@example.org", "phone": "+49 30 1234567"}
    link = {"type": "identify", "event_id": f"i-{customer}", "other_id": f"card {customer}"}
    events = [{"type": "profile", "event_id": f"p-{customer}", **who, **told}, {**link, **told}]
    shop.post("/v1/events", json=events).raise_for_status()
    for text in ("mueller zo", "ZOE@example.org", "030 1234567"):
        search(page, text)
        page.wait_for(f"document.getElementById('found').innerText.includes('Zoë <b>Müller</b>, {customer}')")
        page.wait_for("document.getElementById('profile')?.innerText.includes('zoe@example.org')")
    assert f"card {customer}" in page.run("document.querySelector('#customer section').innerText")


def test_who_is_unknown_and_who_is_a_guest(shop: httpx.Client, page: Page) -> None:
    search(page, "nobody at all")
    page.wait_for(f"{TEXT}.includes('Nobody is known by nobody at all')")
    shop.post("/v1/events", json=purchase(None, "item-04", order_id="G-1")).raise_for_status()
    search(page, "G-1")
    page.wait_for(f"{TEXT}.includes('A guest, whom nobody knows')")


def test_what_staff_overrules_holds_at_once_and_ends_at_once(
    shop: httpx.Client, page: Page, customer: str
) -> None:
    opened(page, customer)
    assert page.run(f"{ACTIONS}.length") > 0
    page.run("document.getElementById('kind').value = 'hold_all'")
    page.run("document.getElementById('overrule-reason').value = 'she <i>grieves</i>'")
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
    page.run(f"document.getElementById('overrule-until').value = '{tomorrow}'")
    press(page, "Overrule")
    page.wait_for(f"{TEXT}.includes('Overruled; the next decision obeys')")
    page.wait_for("document.getElementById('nothing') !== null")
    page.wait_for("document.getElementById('overrides').innerText.includes('she <i>grieves</i>')")
    held = history(shop, customer, "override")[0]
    assert (held["author"], held["reason"], held["kind"]) == ("mira", "she <i>grieves</i>", "hold_all")
    assert held["expires_at"]
    press(page, "End")
    page.wait_for(f"{TEXT}.includes('Ended.')")
    page.wait_for(f"{ACTIONS}.length > 0")


def test_nobody_overrules_without_a_name(shop: httpx.Client, page: Page, customer: str) -> None:
    opened(page, customer)
    page.run("document.getElementById('author').value = ' '")
    page.run("document.getElementById('kind').value = 'hold_all'")
    page.run("document.getElementById('overrule-reason').value = 'why not'")
    press(page, "Overrule")
    page.wait_for(f"{TEXT}.includes('Say who you are')")
    assert history(shop, customer, "override") == []


def test_what_was_said_and_answered_is_noted(shop: httpx.Client, page: Page, customer: str) -> None:
    opened(page, customer)
    page.run("const channel = document.getElementById('channel'); channel.value = 'web'")
    page.run("document.getElementById('channel').dispatchEvent(new Event('change'))")
    page.wait_for(f"{ACTIONS}.length > 0")
    press(page, "Declined", inside=f"{ACTIONS}[0]")
    page.wait_for(f"{TEXT}.includes('Noted: dismissed')")
    (said,) = history(shop, customer, "response")
    (seen,) = history(shop, customer, "impression")
    assert (said["outcome"], said["rank"], said["source"]) == ("dismissed", 1, "console")
    assert seen["decision_id"] == said["decision_id"]
    assert said["action"]


def test_why_not_is_answered_in_words(shop: httpx.Client, page: Page, customer: str) -> None:
    opened(page, customer)
    page.run("document.getElementById('why-not-item').value = 'item-03'")
    press(page, "Why not?")
    page.wait_for("document.querySelector('#why-not-answers table') !== null")
    told = page.run("document.getElementById('why-not-answers').innerText")
    assert "bought 2 days ago" in told
    page.run("document.getElementById('why-not-item').value = ''")
    press(page, "Why not?")
    page.wait_for(f"{TEXT}.includes('nothing was asked about')")


def test_a_receipt_and_older_events_are_one_click_away(shop: httpx.Client, page: Page, customer: str) -> None:
    looked = [
        {
            "type": "view",
            "source": "test",
            "event_id": f"{customer}-{number}",
            "occurred_at": at(5 + number),
            "customer_id": customer,
            "item_id": "item-05",
        }
        for number in range(30)
    ]
    shop.post("/v1/events", json=looked).raise_for_status()
    opened(page, customer)
    rows = "document.querySelectorAll('#history tbody tr').length"
    assert page.run(rows) == 25
    press(page, "Older")
    page.wait_for(f"{rows} === 31")
    press(page, "Receipt", inside=f"{ACTIONS}[0]")
    page.wait_for(f"{ACTIONS}[0].querySelector('pre').textContent.includes('decision_id')")


def test_an_open_complaint_is_told_first(shop: httpx.Client, page: Page, customer: str) -> None:
    opened_at = {
        "type": "complaint_opened",
        "source": "test",
        "event_id": f"c-{customer}",
        "occurred_at": at(0.1),
    }
    complaint = {
        **opened_at,
        "customer_id": customer,
        "complaint_id": f"c-{customer}",
        "text": "the leg broke",
    }
    shop.post("/v1/events", json=complaint).raise_for_status()
    opened(page, customer)
    assert "Open complaint since" in page.run("document.querySelector('#customer section').innerText")
    assert "the leg broke" in page.run("document.getElementById('history').innerText")


def test_a_key_that_does_not_hold_is_told_and_a_link_names_a_customer(
    api: RunningApi, shop: httpx.Client, page: Page, customer: str
) -> None:
    page.run("document.getElementById('key').value = 'rk_00000000_nobody'")
    search(page, customer)
    page.wait_for("document.getElementById('word').className === 'alarm'")
    assert "key" in page.run("document.getElementById('word').textContent").lower()
    page.open(f"{api.url}/console#named")
    page.wait_for("document.getElementById('asked')?.value === 'named'")


def test_the_page_is_open_asks_nobody_else_and_may_not_be_framed(
    api: RunningApi, shop: httpx.Client, page: Page
) -> None:
    answer = api.client().get("/console")
    assert answer.status_code == 200
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert all(url.startswith(api.url) for url in page.asked_for)

"""The script tag of a shop's page, in a real browser: it draws what the API says, reports what was seen, and never harms the page."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import httpx
import pytest

from recommender.engine.opening import open_log
from tests.serving.chromium import Page
from tests.serving.playbooks import PLAYBOOK, with_playbook
from tests.serving.running_api import RunningApi, copied, eventually
from tests.serving.shop_site import ShopSite
from tests.serving.shops import Json, purchase

NAMES = count(1)
WHO = "/who"
FORGED = "a.b.c"
CARDS = "document.querySelectorAll('#offers .rapport-card')"
DRAWN = f"{CARDS}.length > 0"
TOLD = """
[...document.querySelectorAll('#offers .rapport-card')].map(card => card.querySelector('.rapport-name').textContent)
"""


@pytest.fixture(scope="module")
def api(trained_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApi]:
    home = copied(trained_home, tmp_path_factory.mktemp("widget") / "home")
    with RunningApi(with_playbook(home, PLAYBOOK)) as running:
        yield running


@pytest.fixture(scope="module")
def site(api: RunningApi) -> Iterator[ShopSite]:
    with ShopSite() as opened:
        opened.key = api.make_key("widget", origins=(opened.origin,))
        # A key is known a moment after it was made: the first page must not be the one that waits for it.
        client = api.client(opened.key.text)
        eventually(lambda: client.post("/v1/decisions", json={"k": 1}).status_code == 200)
        yield opened


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    with Page(tmp_path / "profile") as opened:
        yield opened


@pytest.fixture
def customer() -> str:
    return f"visitor {next(NAMES)}"


@pytest.fixture
def tag(api: RunningApi, site: ShopSite) -> Callable[..., str]:
    """Make a page's script tag; names as Python has them."""

    def made(**attributes: object) -> str:
        given = {"key": site.key.text if site.key else "", "target": "#offers", **attributes}
        said = " ".join(f"data-{name.replace('_', '-')}='{value}'" for name, value in given.items())
        return f"<div id=offers></div><script async src='{api.url}/widget.js' {said}></script>"

    return made


def events(shop: httpx.Client, customer_id: str, kind: str) -> list[Json]:
    """Return what the log has of a customer, oldest first."""
    answer = shop.get(f"/v1/customers/{customer_id}")
    history = answer.json()["history"] if answer.status_code == 200 else []
    return [one["event"] for one in reversed(history) if one["event"]["type"] == kind]


def describe(shop: httpx.Client, site: ShopSite) -> None:
    """Say what all items are, and where."""
    shop.put(
        "/v1/items",
        json=[
            {
                "item_id": f"item-{number:02d}",
                "name": f"Tea <b>{number}</b>",
                "price": "12.50",
                "currency": "EUR",
                "url": f"{site.origin}/tea",
            }
            for number in range(40)
        ],
    ).raise_for_status()


def counted(api: RunningApi, kind: str) -> int:
    """Return how many events of a type the log has, of everybody and nobody."""
    log = open_log(api.settings)
    try:
        stored = log.events_at(range(1, log.head() + 1))
    finally:
        log.close()
    return sum(one.event.__struct_config__.tag == kind for one in stored)


def test_one_tag_draws_the_slate_of_who_is_signed_in(
    shop: httpx.Client, site: ShopSite, page: Page, customer: str, tag: Callable[..., str]
) -> None:
    shop.post("/v1/events", json=purchase(customer, "item-03")).raise_for_status()
    describe(shop, site)
    said = tag(customer=customer, token=site.token(customer), k=3, placement="home", label="For you")
    page.open(site.page("/home", said))
    page.wait_for(DRAWN)
    slate = shop.get(f"/v1/customers/{customer}/actions?k=3&placement=home").json()
    assert page.run(TOLD) == [one["name"] for one in slate["actions"]]
    assert page.run(f"{CARDS}[0].querySelector('.rapport-price').textContent") == "€12.50"
    assert page.run(f"{CARDS}[0].querySelector('a').href") == f"{site.origin}/tea"
    assert page.run("document.querySelector('#offers ul').getAttribute('aria-label')") == "For you"
    assert page.run("document.querySelectorAll('#offers b').length") == 0
    assert [one for one in page.complaints if "favicon" not in one] == []


def test_what_stood_on_the_screen_is_an_impression_and_what_was_clicked_a_response(
    shop: httpx.Client, site: ShopSite, page: Page, customer: str, tag: Callable[..., str]
) -> None:
    site.page("/tea", "The tea itself")
    describe(shop, site)
    above = "<div style='height: 30000px'></div>"
    page.open(
        site.page("/far", above + tag(customer=customer, token=site.token(customer), k=2, channel="web"))
    )
    page.wait_for(DRAWN)
    page.run("new Promise(done => setTimeout(done, 1500))")
    assert events(shop, customer, "impression") == []
    page.run("document.querySelector('#offers').scrollIntoView()")
    eventually(lambda: len(events(shop, customer, "impression")) == 2, what="impressions")
    seen = events(shop, customer, "impression")
    assert sorted(one["rank"] for one in seen) == [1, 2]
    assert {one["decision_id"] for one in seen} == {seen[0]["decision_id"]}
    assert all(one["item_id"] and one["action"] for one in seen)
    assert {one["channel"] for one in seen} == {"web"}
    page.run(f"{CARDS}[1].querySelector('a').click()")
    page.wait_for("document.body.textContent.includes('The tea itself')")
    eventually(lambda: events(shop, customer, "response"), what="the response")
    said = events(shop, customer, "response")[0]
    assert (said["outcome"], said["rank"], said["decision_id"]) == ("accepted", 2, seen[0]["decision_id"])


def test_who_dismisses_an_action_is_not_shown_it_again_on_this_page(
    shop: httpx.Client, site: ShopSite, page: Page, customer: str, tag: Callable[..., str]
) -> None:
    page.open(site.page("/no", tag(customer=customer, token=site.token(customer), k=2, dismiss="Not for me")))
    page.wait_for(f"{CARDS}.length === 2")
    gone = page.run(f"{CARDS}[0].dataset.rank")
    page.run(f"{CARDS}[0].querySelector('button').click()")
    assert page.run(f"[...{CARDS}].map(card => card.dataset.rank)") == [
        rank for rank in ("1", "2") if rank != gone
    ]
    eventually(lambda: events(shop, customer, "response"), what="the response")
    said = events(shop, customer, "response")[0]
    assert (said["outcome"], str(said["rank"])) == ("dismissed", gone)
    assert any(one["rank"] == said["rank"] for one in events(shop, customer, "impression"))
    page.run(f"{CARDS}[0].querySelector('button').click()")
    page.wait_for("document.getElementById('offers').hidden")


def test_a_visitor_whom_nobody_knows_is_answered_and_what_was_viewed_is_told(
    api: RunningApi, site: ShopSite, page: Page, tag: Callable[..., str]
) -> None:
    before = counted(api, "view"), counted(api, "impression")
    page.open(site.page("/tea", tag(k=2, viewed="item-05", cart="item-06 item-07")))
    page.wait_for(DRAWN)
    assert not {"item-05", "item-06", "item-07"} & set(page.run(TOLD))
    eventually(lambda: counted(api, "impression") == before[1] + 2, what="impressions of nobody")
    assert counted(api, "view") == before[0] + 1


def test_a_token_is_fetched_where_pages_are_the_same_for_everybody(
    shop: httpx.Client, site: ShopSite, page: Page, customer: str, tag: Callable[..., str]
) -> None:
    site.signed_in = customer
    page.open(site.page("/cached", tag(k=2, token_url=WHO)))
    page.wait_for(DRAWN)
    eventually(lambda: len(events(shop, customer, "impression")) == 2, what="impressions")
    site.signed_in = None
    page.open(site.page("/cached", tag(k=2, token_url=WHO)))
    page.wait_for(DRAWN)
    assert page.run("rapport.show().then(slate => slate.customer_id ?? 'nobody')") == "nobody"


def test_the_times_of_reports_are_the_servers_whatever_the_visitors_clock_says(
    shop: httpx.Client, site: ShopSite, page: Page, customer: str, tag: Callable[..., str]
) -> None:
    wrong = "<script>const RealDate = Date; Date.now = () => 0;</script>"
    page.open(site.page("/clock", wrong + tag(customer=customer, token=site.token(customer), k=1)))
    page.wait_for(DRAWN)
    eventually(lambda: events(shop, customer, "impression"), what="an impression")
    happened = datetime.fromisoformat(events(shop, customer, "impression")[0]["occurred_at"])
    assert abs((datetime.now(UTC) - happened).total_seconds()) < 600


@pytest.mark.parametrize(
    "harm", ["no token", "a forged token", "another key", "no such channel", "nobody there"]
)
def test_a_page_is_never_worse_than_without_it(
    api: RunningApi, site: ShopSite, page: Page, customer: str, tag: Callable[..., str], harm: str
) -> None:
    said = {
        "no token": tag(customer=customer),
        "a forged token": tag(customer=customer, token=FORGED),
        "another key": tag(key="rk_00000000_nobody"),
        "no such channel": tag(channel="pigeon"),
        "nobody there": tag().replace("data-target='#offers'", "data-target='#elsewhere'"),
    }[harm]
    own = said.replace("<div id=offers></div>", "<div id=offers><p>Our own picks</p></div>")
    catching = "<script>var thrown = []; addEventListener('error', e => thrown.push(e.message));"
    catching += "addEventListener('unhandledrejection', e => thrown.push(String(e.reason)));</script>"
    page.open(site.page("/harm", catching + own))
    page.wait_for("window.rapport !== undefined")
    assert page.run("rapport.show().then(slate => slate)") is None
    assert page.run("thrown") == []
    assert page.run("document.getElementById('offers').textContent") == "Our own picks"
    assert page.run("document.getElementById('offers').hidden") is False


def test_an_answer_that_does_not_come_in_time_is_not_waited_for(
    api: RunningApi, site: ShopSite, page: Page, tag: Callable[..., str]
) -> None:
    page.open(site.page("/slow", tag(timeout=0)))
    page.wait_for("window.rapport !== undefined")
    assert page.run("rapport.show().then(slate => slate)") is None
    assert page.run("rapport.show({timeout: 20000}).then(slate => slate.actions.length > 0)") is True
    page.wait_for(DRAWN)


def test_a_shop_may_draw_for_itself_and_still_report(
    shop: httpx.Client, site: ShopSite, page: Page, customer: str, tag: Callable[..., str]
) -> None:
    own = """<script>addEventListener('rapport:slate', told => {
      told.preventDefault();
      told.target.textContent = 'We have ' + told.detail.slate.actions.length;
      told.detail.accepted(1);
    });</script>"""
    page.open(site.page("/own", own + tag(customer=customer, token=site.token(customer), k=2)))
    page.wait_for("document.getElementById('offers')?.textContent === 'We have 2'")
    eventually(lambda: events(shop, customer, "response"), what="the response")
    assert [one["rank"] for one in events(shop, customer, "impression")] == [1]
    assert events(shop, customer, "response")[0]["outcome"] == "accepted"


def test_addresses_that_are_none_of_the_web_are_not_followed(
    site: ShopSite, page: Page, tag: Callable[..., str]
) -> None:
    # The API takes no such address; the page does not rely on it.
    hostile = """<script>addEventListener('rapport:slate', told => {
      for (const one of told.detail.slate.actions) Object.assign(one, {url: 'javascript:alert(1)', image: 'data:image/png,x'});
    });</script>"""
    page.open(site.page("/hostile", hostile + tag(k=3)))
    page.wait_for(DRAWN)
    assert page.run("document.querySelectorAll('#offers a, #offers img').length") == 0

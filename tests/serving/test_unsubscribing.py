"""The button of a mail program unsubscribes, with a link that nobody can make up."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import httpx
import jwt
import pytest

from recommender.contacts.unsubscribing import AUDIENCE
from tests.serving.playbooks import with_playbook
from tests.serving.running_api import RunningApi, copied, settings_for
from tests.serving.shops import Json, at, purchase
from tests.serving.test_consents import STRICT, listed, offers, tell

NAMES = count(1)
PUBLIC = "https://rapport.shop.example/api"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture(scope="module")
def api(trained_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApi]:
    home = copied(trained_home, tmp_path_factory.mktemp("unsubscribing") / "home")
    with_playbook(home, STRICT)
    with RunningApi(settings_for(home, public_url=f"{PUBLIC}/")) as running:
        yield running


@pytest.fixture
def customer(shop: httpx.Client) -> str:
    """Somebody who subscribed to everything."""
    name = f"u/{next(NAMES)}"
    tell(shop, _encoded(name), "subscribed", topic=None).raise_for_status()
    return _encoded(name)


@pytest.fixture
def stranger(api: RunningApi) -> httpx.Client:
    """A mail program: it has no key."""
    return api.client()


def _encoded(name: str) -> str:
    return name.replace("/", "%2F")


def link(shop: httpx.Client, customer_id: str, topic: str | None = "offers") -> str:
    return str(listed(shop, customer_id)["email", topic]["unsubscribe_path"])


def test_one_click_unsubscribes_from_what_the_mail_was_about(
    shop: httpx.Client, stranger: httpx.Client, customer: str
) -> None:
    assert offers(shop, customer)
    answer = stranger.post(link(shop, customer), data=ONE_CLICK)
    assert (answer.status_code, answer.json()) == (200, {"channel": "email", "topic": "offers"})
    assert offers(shop, customer) == []
    page = listed(shop, customer)
    assert (page["email", "offers"]["status"], page["email", "offers"]["source"]) == (
        "unsubscribed",
        "list-unsubscribe",
    )
    assert page["email", None]["status"] == "subscribed"
    assert "offers" not in str(page["sms", "offers"].get("status"))


def test_the_link_of_the_channel_stops_all_of_it(
    shop: httpx.Client, stranger: httpx.Client, customer: str
) -> None:
    stranger.post(link(shop, customer, None), data=ONE_CLICK).raise_for_status()
    page = listed(shop, customer)
    assert not page["email", None]["gate"]["allowed"]
    assert not page["email", "offers"]["gate"]["allowed"]


def test_the_link_of_the_channel_stops_a_topic_that_was_asked_for_after_leaving(
    shop: httpx.Client, stranger: httpx.Client
) -> None:
    name = f"back-{next(NAMES)}"
    tell(shop, name, "unsubscribed", said_at=at(2)).raise_for_status()
    tell(shop, name, "subscribed", topic="offers", said_at=at(1)).raise_for_status()
    assert offers(shop, name)
    path = link(shop, name, None)
    for _ in range(3):
        stranger.post(path, data=ONE_CLICK).raise_for_status()
    assert offers(shop, name) == []
    assert listed(shop, name)["email", "offers"]["gate"]["because"] == "unsubscribed from email"
    assert shop.get(f"/v1/customers/{name}").json()["totals"]["events"] == 3


@pytest.mark.parametrize("topic", [None, "offers"])
@pytest.mark.parametrize("hours_ahead", [0.01, 20.0, 23.9999])
def test_one_click_takes_back_a_yes_that_was_dated_ahead(
    shop: httpx.Client, stranger: httpx.Client, customer: str, topic: str | None, hours_ahead: float
) -> None:
    ahead = at(-hours_ahead / 24)
    tell(shop, customer, "subscribed", topic=topic, said_at=ahead).raise_for_status()
    assert offers(shop, customer)
    path = link(shop, customer, topic)
    for _ in range(3):
        stranger.post(path, data=ONE_CLICK).raise_for_status()
    assert offers(shop, customer) == []
    assert listed(shop, customer)["email", topic]["status"] == "unsubscribed"
    assert shop.get(f"/v1/customers/{customer}").json()["totals"]["events"] == 3


def slate(shop: httpx.Client, customer_id: str, query: str) -> list[Json]:
    answer = shop.get(f"/v1/customers/{customer_id}/actions?{query}")
    return list(answer.raise_for_status().json()["actions"])


def test_each_action_that_goes_out_has_the_link_out_of_what_it_is_about(
    shop: httpx.Client, stranger: httpx.Client, customer: str
) -> None:
    name = customer.replace("%2F", "/")
    shop.post("/v1/events", json=purchase(name, "item-03")).raise_for_status()
    page = listed(shop, customer)
    said = {one["action"]: one["unsubscribe_url"] for one in slate(shop, customer, "channel=email&k=40")}
    assert said["for-you"] == PUBLIC + page["email", "offers"]["unsubscribe_path"]
    assert said["thanks"] == PUBLIC + page["email", None]["unsubscribe_path"]
    stranger.post(said["for-you"].removeprefix(PUBLIC), data=ONE_CLICK).raise_for_status()
    left = {one["action"] for one in slate(shop, customer, "channel=email&k=40")}
    assert left == said.keys() - {"for-you"}


def test_what_is_asked_for_again_has_the_same_links_and_what_a_page_shows_has_none(
    shop: httpx.Client, customer: str
) -> None:
    asked = f"channel=email&k=2&request_id=mail-{customer}"
    first = slate(shop, customer, asked)
    assert first == slate(shop, customer, asked)
    assert all(one["unsubscribe_url"].startswith(PUBLIC) for one in first)
    assert slate(shop, customer, "channel=web")
    assert not any("unsubscribe_url" in one for one in slate(shop, customer, "channel=web"))
    assert not any("unsubscribe_url" in one for one in slate(shop, customer, ""))


def test_a_mail_program_may_send_parts(shop: httpx.Client, stranger: httpx.Client, customer: str) -> None:
    answer = stranger.post(link(shop, customer), files={"List-Unsubscribe": (None, "One-Click")})
    assert answer.status_code == 200, answer.text
    assert offers(shop, customer) == []


def test_again_changes_nothing_and_a_new_yes_can_be_taken_back(
    shop: httpx.Client, stranger: httpx.Client, customer: str
) -> None:
    path = link(shop, customer)
    for _ in range(3):
        assert stranger.post(path, data=ONE_CLICK).status_code == 200
    assert shop.get(f"/v1/customers/{customer}").json()["totals"]["events"] == 2
    tell(shop, customer, "subscribed", topic="offers").raise_for_status()
    stranger.post(path, data=ONE_CLICK).raise_for_status()
    assert listed(shop, customer)["email", "offers"]["status"] == "unsubscribed"


def test_what_only_looks_at_the_link_unsubscribes_nobody(
    shop: httpx.Client, stranger: httpx.Client, customer: str
) -> None:
    path = link(shop, customer)
    page = stranger.get(path)
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert '<form method="post">' in page.text
    stranger.head(path)
    assert offers(shop, customer)


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({}, b"", 415),
        ({"content-type": "application/json"}, b'{"List-Unsubscribe":"One-Click"}', 415),
        ({"content-type": "application/x-www-form-urlencoded"}, b"", 422),
        ({"content-type": "application/x-www-form-urlencoded"}, b"List-Unsubscribe=Two", 422),
        ({"content-type": "application/x-www-form-urlencoded"}, b"\xff", 422),
        ({"content-type": "application/x-www-form-urlencoded"}, b"x=" + b"y" * 20_000, 413),
        ({"content-type": "multipart/form-data"}, b"List-Unsubscribe=One-Click", 422),
        ({"content-type": "multipart/form-data; boundary=x"}, b"--x\r\n\r\nOne-Click\r\n--x--", 422),
    ],
)
def test_other_posts_unsubscribe_nobody(
    shop: httpx.Client,
    stranger: httpx.Client,
    customer: str,
    headers: dict[str, str],
    body: bytes,
    status: int,
) -> None:
    answer = stranger.post(link(shop, customer), content=body, headers=headers)
    assert answer.status_code == status, answer.text
    assert offers(shop, customer)


def test_a_link_that_was_changed_or_made_up_is_no_link(
    shop: httpx.Client, stranger: httpx.Client, customer: str
) -> None:
    path = link(shop, customer)
    claims = {"aud": AUDIENCE, "sub": customer, "channel": "email"}
    made_up = [
        path[:-4] + "AAAA",
        "/v1/unsubscribe/x",
        "/v1/unsubscribe/" + jwt.encode(claims, "guess" * 8, algorithm="HS256"),
        "/v1/unsubscribe/" + jwt.encode(claims, "", algorithm="none"),
    ]
    for one in made_up:
        assert stranger.post(one, data=ONE_CLICK).status_code == 404
        assert stranger.get(one).status_code == 404
    assert offers(shop, customer)


def test_a_link_opens_nothing_else(shop: httpx.Client, stranger: httpx.Client, customer: str) -> None:
    token = link(shop, customer).rsplit("/", 1)[1]
    for headers in ({"authorization": f"Bearer {token}"}, {"x-rapport-customer-token": token}):
        assert stranger.get(f"/v1/customers/{customer}", headers=headers).status_code == 401

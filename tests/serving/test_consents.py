"""What a customer allows: noted once, obeyed by the next decision, and shown with the gate's own word."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from recommender.customers.dealings import Dealings
from recommender.playbook.reading import default_playbook
from recommender.types import CustomerId
from serving.consent_wire import ConsentState
from serving.consents import ConsentPage
from tests.serving.playbooks import PLAYBOOK, with_playbook
from tests.serving.running_api import RunningApi, copied
from tests.serving.shops import Json, at

NAMES = count(1)
STRICT = PLAYBOOK.replace("needs_consent = false", "needs_consent = true").replace(
    'kind = "product_offer"\nvalue', 'kind = "product_offer"\ntopic = "offers"\nvalue'
)


@pytest.fixture(scope="module")
def api(trained_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApi]:
    home = copied(trained_home, tmp_path_factory.mktemp("consents") / "home")
    with RunningApi(with_playbook(home, STRICT)) as running:
        yield running


@pytest.fixture
def customer() -> str:
    return f"k{next(NAMES)}"


def tell(shop: httpx.Client, customer_id: str, status: str, **said: Any) -> httpx.Response:
    body = {"channel": "email", "status": status, **said}
    return shop.post(f"/v1/customers/{customer_id}/consents", json=body)


def listed(shop: httpx.Client, customer_id: str) -> dict[tuple[str, str | None], Json]:
    page = shop.get(f"/v1/customers/{customer_id}/consents").json()
    return {(one["channel"], one.get("topic")): one for one in page["consents"]}


def offers(shop: httpx.Client, customer_id: str) -> list[Json]:
    return list(shop.get(f"/v1/customers/{customer_id}/actions?channel=email&k=3").json()["actions"])


def test_of_whom_nobody_knows_anything_the_gate_says_no(shop: httpx.Client, customer: str) -> None:
    page = listed(shop, customer)
    assert set(page) == {("email", None), ("email", "offers"), ("sms", None), ("sms", "offers")}
    assert page["email", "offers"] == {
        "channel": "email",
        "topic": "offers",
        "gate": {"allowed": False, "code": "no_consent", "because": "never said yes to email"},
        "unsubscribe_path": page["email", "offers"]["unsubscribe_path"],
    }


def test_the_next_decision_obeys(shop: httpx.Client, customer: str) -> None:
    assert offers(shop, customer) == []
    answer = tell(shop, customer, "subscribed", source="double-opt-in", evidence="clicked", said_at=at(3))
    assert answer.status_code == 201, answer.text
    said = answer.json()
    assert (said["status"], said["source"], said["evidence"]) == ("subscribed", "double-opt-in", "clicked")
    assert said["gate"]["allowed"]
    assert offers(shop, customer)
    assert not any("unsubscribe_url" in one for one in offers(shop, customer)), "nobody knows our address"
    tell(shop, customer, "unsubscribed", topic="offers").raise_for_status()
    assert offers(shop, customer) == []
    page = listed(shop, customer)
    assert page["email", "offers"]["gate"]["because"] == "unsubscribed from offers on email"
    assert page["email", None]["gate"]["allowed"]
    assert page["sms", None]["gate"]["because"] == "never said yes to sms"


def test_the_version_is_the_place_of_the_event_that_said_it(shop: httpx.Client, customer: str) -> None:
    for status in ("pending", "subscribed"):
        tell(shop, customer, status, topic="offers", event_id=f"{customer}-{status}").raise_for_status()
    said = listed(shop, customer)["email", "offers"]
    history = shop.get(f"/v1/customers/{customer}").json()["history"]
    assert history[0]["event"]["type"] == "consent_change"
    assert (said["version"], said["event_id"]) == (history[0]["seq"], f"{customer}-subscribed")
    assert said["gate"]["evidence"] == f"api/{customer}-subscribed"


def test_a_word_from_before_does_not_undo_a_newer_one(shop: httpx.Client, customer: str) -> None:
    tell(shop, customer, "unsubscribed", said_at=at(1)).raise_for_status()
    late = tell(shop, customer, "subscribed", said_at=at(2))
    assert (late.status_code, late.json()["status"]) == (201, "unsubscribed")


@pytest.mark.parametrize(("first", "topic"), [(None, None), ("offers", None), ("offers", "offers")])
def test_a_word_of_now_comes_after_one_that_was_dated_ahead(
    shop: httpx.Client, customer: str, first: str | None, topic: str | None
) -> None:
    tell(shop, customer, "subscribed", topic=first, said_at=at(-20 / 24)).raise_for_status()
    assert offers(shop, customer)
    for status, allowed in (("unsubscribed", False), ("subscribed", True)):
        said = tell(shop, customer, status, topic=topic).json()
        assert (said["status"], said["gate"]["allowed"]) == (status, allowed)
        assert bool(offers(shop, customer)) is allowed


def test_a_topic_may_be_asked_for_after_the_channel_was_left_ahead_of_the_clock(
    shop: httpx.Client, customer: str
) -> None:
    tell(shop, customer, "unsubscribed", said_at=at(-20 / 24)).raise_for_status()
    assert tell(shop, customer, "subscribed", topic="offers").json()["gate"]["allowed"]


def test_who_leaves_a_channel_and_at_once_keeps_a_topic_hears_of_the_topic(
    shop: httpx.Client, customer: str
) -> None:
    for _ in range(3):  # in one second, or in two
        assert not tell(shop, customer, "unsubscribed").json()["gate"]["allowed"]
        assert tell(shop, customer, "subscribed", topic="offers").json()["gate"]["allowed"]


@pytest.mark.parametrize("in_header", [False, True])
def test_the_same_word_again_is_answered_as_the_first_time(
    shop: httpx.Client, customer: str, in_header: bool
) -> None:
    name = f"once-{customer}"
    body = {"channel": "email", "status": "subscribed", **({} if in_header else {"event_id": name})}
    headers = {"idempotency-key": name} if in_header else {}
    path = f"/v1/customers/{customer}/consents"
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: shop.post(path, json=body, headers=headers), range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert len({answer.text for answer in answers}) == 1
    other = shop.post(path, json={**body, "status": "pending"}, headers=headers)
    assert (other.status_code, other.json()["type"]) == (409, "/problems/event-conflict")
    assert shop.get(f"/v1/customers/{customer}").json()["totals"]["events"] == 1


def test_a_repeat_that_says_another_time_is_another_word(shop: httpx.Client, customer: str) -> None:
    said = {"event_id": f"dated-{customer}", "said_at": at(2)}
    assert tell(shop, customer, "subscribed", **said).status_code == 201
    assert tell(shop, customer, "subscribed", **said).status_code == 200
    assert tell(shop, customer, "subscribed", **{**said, "said_at": at(1)}).status_code == 409


@pytest.mark.parametrize(
    "said",
    [
        {"status": "maybe"}, {"channel": "emial"}, {"channel": ""}, {"topic": ""}, {"source": ""},
        {"said_at": "2024-05-01T12:00:00"}, {"said_at": at(-3)}, {"until": "2099-01-01T00:00:00Z"}, {"event_id": ""},
    ],
)  # fmt: skip
def test_words_that_cannot_be_meant_are_refused(shop: httpx.Client, customer: str, said: Json) -> None:
    answer = tell(shop, customer, **{"status": "subscribed", **said})
    assert answer.status_code == 422, answer.text
    assert all("status" not in one for one in listed(shop, customer).values())


def test_a_wrong_channel_is_answered_with_the_nearest_right_one(shop: httpx.Client, customer: str) -> None:
    assert tell(shop, customer, "subscribed", channel="emial").json()["remedy"] == "did you mean email?"


def test_a_word_whose_customer_is_erased_meanwhile_is_noted_or_refused_by_name(
    api: RunningApi, shop: httpx.Client
) -> None:
    admin = api.client(api.make_key("admin").text)
    statuses = set[int]()
    with ThreadPoolExecutor(5) as pool:
        for name in (f"leaving-{number}" for number in range(40)):
            words = [pool.submit(tell, shop, name, "subscribed", topic="of-no-action") for _ in range(4)]
            pool.submit(admin.delete, f"/v1/customers/{name}").result().raise_for_status()
            statuses |= {word.result().status_code for word in words}
    assert statuses <= {201, 410}


def test_what_nobody_said_or_asks_about_has_a_state_without_a_word() -> None:
    page = ConsentPage(Dealings(), (), default_playbook(), CustomerId("nobody"), b"key")
    assert page.state(("email", "of-no-action")) == ConsentState(channel="email", topic="of-no-action")


@pytest.mark.parametrize(
    ("said", "detail"),
    [
        ({"said_at": "2024-05-01T12:00:00"}, "said_at has no time zone"),
        ({"said_at": at(-3)}, "said_at is out of range"),
        ({"channel": ""}, "the playbook has no such channel"),
    ],
)
def test_a_wrong_word_is_answered_with_its_own_field_and_what_was_found(
    shop: httpx.Client, customer: str, said: Json, detail: str
) -> None:
    problem = tell(shop, customer, "subscribed", **said).json()
    assert (problem["status"], problem["detail"]) == (422, detail)
    assert problem["found"]


def test_a_bad_idempotency_key_is_called_by_its_name(shop: httpx.Client, customer: str) -> None:
    body = {"channel": "email", "status": "subscribed"}
    path = f"/v1/customers/{customer}/consents"
    answer = shop.post(path, json=body, headers={"idempotency-key": "x" * 300})
    assert (answer.status_code, answer.json()["detail"]) == (422, "Idempotency-Key is no id")


@pytest.mark.parametrize("second", ['"status"', r'"st\u0061tus"'])
def test_a_field_that_is_there_twice_is_refused(shop: httpx.Client, customer: str, second: str) -> None:
    body = f'{{"channel":"email","status":"unsubscribed",{second}:"subscribed"}}'
    headers = {"content-type": "application/json"}
    answer = shop.post(f"/v1/customers/{customer}/consents", content=body, headers=headers)
    assert (answer.status_code, answer.json()["detail"]) == (422, "status is there twice")
    assert all("status" not in one for one in listed(shop, customer).values())
    twice = shop.post("/v1/decisions", content='{"k":1,"k":2}', headers=headers)
    assert (twice.status_code, twice.json()["detail"]) == (422, "k is there twice")


def test_a_text_that_quotes_a_field_is_not_taken_for_it(shop: httpx.Client, customer: str) -> None:
    assert tell(shop, customer, "subscribed", evidence='they said "status" and "status"').status_code == 201


def test_half_a_character_is_named(shop: httpx.Client, customer: str) -> None:
    headers = {"content-type": "application/json"}
    for path in (f"/v1/customers/{customer}/consents", "/v1/events", "/v1/decisions"):
        answer = shop.post(path, content=r'{"channel":"email\ud800"}', headers=headers)
        assert answer.status_code == 400
        assert answer.json()["found"] == r"half a character: \ud800 alone"

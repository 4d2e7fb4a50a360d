"""A name, an email or a phone finds the customer and the other ids of the person; staff sees who it is."""

from urllib.parse import urlencode

import httpx
import pytest

from tests.serving.running_api import RunningApi
from tests.serving.shops import Json, at, purchase


def said(what: str, name: str, customer: str, days_ago: float, /, **fields: object) -> Json:
    envelope = {"type": what, "source": "crm", "event_id": name, "customer_id": customer}
    return {**envelope, "occurred_at": at(days_ago), **fields}


@pytest.fixture(scope="module")
def staff(api: RunningApi, shop: httpx.Client) -> httpx.Client:
    """A staff key; Zoë moved house and has a card, and a namesake who never bought anything."""
    events = [
        said("profile", "fp-1", "fp-zoe", 9, name="Zoë Müller", email="Zoe@Example.org", phone="030 1234567"),
        said("profile", "fp-2", "fp-zoe", 5, email="zoe.m@example.org"),
        said("profile", "fp-3", "fp-zoe-2", 3, name="Zoe Mueller"),
        said("identify", "fp-4", "fp-zoe", 4, other_id="fp-card"),
        said("unlink", "fp-5", "fp-zoe-2", 4, other_id="fp-zoe"),
        purchase("fp-zoe", "item-01", days_ago=8, event_id="fp-6"),
    ]
    shop.post("/v1/events", json=events).raise_for_status()
    return api.client(api.make_key("staff").text)


def found(staff: httpx.Client, **asked: str) -> list[Json]:
    answer = staff.get("/v1/customers", params=asked)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["customers"])


def test_a_name_finds_everybody_who_is_called_so_and_tells_them_apart(staff: httpx.Client) -> None:
    zoe, namesake = found(staff, name="mueller zoe")
    assert (zoe["customer_id"], zoe["last_bought_at"][:10]) == ("fp-zoe", at(8)[:10])
    assert zoe["profile"] == {"name": "Zoë Müller", "email": "zoe.m@example.org", "phone": "030 1234567"}
    assert zoe["same_person"] == ["fp-card"]
    assert namesake == {
        "customer_id": "fp-zoe-2",
        "customer_version": namesake["customer_version"],
        "orders": [],
        "profile": {"name": "Zoe Mueller"},
    }


def test_names_come_page_by_page(staff: httpx.Client) -> None:
    first = staff.get("/v1/customers", params={"name": "zoe", "limit": 1}).json()
    (second,) = found(staff, name="zoe", limit="1", cursor=first["next_cursor"])
    assert (first["customers"][0]["customer_id"], second["customer_id"]) == ("fp-zoe", "fp-zoe-2")


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"email": "ZOE.M@example.org"}, ["fp-zoe"]),
        ({"email": "zoe@example.org"}, []),
        ({"phone": "+49 30 123 45 67"}, ["fp-zoe"]),
        ({"name": "zo mü"}, ["fp-zoe", "fp-zoe-2"]),
        ({"name": "nobody"}, []),
    ],
)
def test_the_newest_address_and_phone_find_their_customer(
    staff: httpx.Client, asked: dict[str, str], expected: list[str]
) -> None:
    assert [one["customer_id"] for one in found(staff, **asked)] == expected


@pytest.mark.parametrize(
    "asked",
    [{"name": ""}, {"name": "-"}, {"name": "a\0"}, {"name": "x" * 257}, {"phone": "4567"}, {"name": "a", "email": "b"}],
)  # fmt: skip
def test_what_nobody_can_be_called_is_refused(staff: httpx.Client, asked: dict[str, str]) -> None:
    assert staff.get(f"/v1/customers?{urlencode(asked)}").status_code == 422


def test_the_page_of_a_customer_says_who_it_is_and_names_the_other_ids(staff: httpx.Client) -> None:
    page = staff.get("/v1/customers/fp-zoe").json()
    assert page["profile"]["name"] == "Zoë Müller"
    assert page["same_person"] == ["fp-card"]


def test_the_key_of_a_server_learns_no_name(staff: httpx.Client, shop: httpx.Client) -> None:
    assert shop.get("/v1/customers?name=zoe").status_code == 403
    assert "Müller" not in shop.get("/v1/customers/fp-zoe").text


def test_the_other_id_of_a_person_has_a_page_before_it_has_an_event(staff: httpx.Client) -> None:
    page = staff.get("/v1/customers/fp-card").json()
    assert (page["customer_id"], page["history"]) == ("fp-card", [])
    assert page["totals"]["events"] > 0, "what is known of the person"


def test_the_history_of_all_ids_of_a_person_comes_as_one(staff: httpx.Client, shop: httpx.Client) -> None:
    events = [
        purchase("fh-web", "item-01", days_ago=9, event_id="fh-1"),
        purchase("fh-card", "item-02", days_ago=8, event_id="fh-2"),
        purchase("fh-web", "item-03", days_ago=7, event_id="fh-3"),
        purchase("fh-other", "item-04", days_ago=6, event_id="fh-4"),
        said("identify", "fh-5", "fh-web", 5, other_id="fh-card"),
        said("identify", "fh-6", "fh-web", 4, other_id="fh-other"),
        said("unlink", "fh-7", "fh-web", 3, other_id="fh-other"),
    ]
    shop.post("/v1/events", json=events).raise_for_status()
    seen, cursor = [], ""
    while True:
        asked = {"person": "true", "limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = staff.get("/v1/customers/fh-card", params=asked).json()
        assert (page["customer_id"], page["totals"]["events"], len(page["holdings"])) == ("fh-card", 6, 3)
        seen += [(one["event"]["event_id"], one["event"]["customer_id"]) for one in page["history"]]
        cursor = page.get("next_cursor", "")
        if not cursor:
            break
    web = [(event_id, "fh-web") for event_id in ("fh-7", "fh-6", "fh-5", "fh-3")]
    assert seen == [*web, ("fh-2", "fh-card"), ("fh-1", "fh-web")]
    alone = staff.get("/v1/customers/fh-card").json()["history"]
    assert [one["event"]["event_id"] for one in alone] == ["fh-2"]
    assert staff.get("/v1/customers/fh-card?person=yes").status_code == 422

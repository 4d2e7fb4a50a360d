import httpx
import pytest

from tests.serving.shops import Json, at, purchase, returned, view


@pytest.fixture(scope="module")
def history(shop: httpx.Client) -> list[Json]:
    events = [
        purchase("hist", "item-01", "item-02", days_ago=30, channel="store"),
        view("item-03", customer_id="hist", channel="web"),
        {"type": "question", "source": "desk", "event_id": "q-1", "occurred_at": at(5), "customer_id": "hist", "channel": "call", "text": "When?"},
        returned("hist", "item-02"),
        purchase("hist", "item-01", days_ago=60, lines=[{"item_id": "item-01", "quantity": 2}]),
    ]  # fmt: skip
    shop.post("/v1/events", json=events).raise_for_status()
    return events


def test_the_page_of_a_customer_covers_all_channels_newest_first(
    shop: httpx.Client, history: list[Json]
) -> None:
    page = shop.get("/v1/customers/hist").json()
    shown = [entry["event"]["event_id"] for entry in page["history"]]
    assert shown == [
        event["event_id"] for event in sorted(history, key=lambda e: str(e["occurred_at"]), reverse=True)
    ]
    assert page["totals"]["events"] == 5
    assert page["totals"]["events_by_type"] == {"purchase": 2, "question": 1, "return": 1, "view": 1}
    assert (page["totals"]["orders"], page["totals"]["order_lines"]) == (2, 2)
    assert {holding["item_id"]: holding["owned"] for holding in page["holdings"]} == {"item-01": 3.0}
    assert "next_cursor" not in page


def test_history_is_paged_without_loss_or_repetition(shop: httpx.Client, history: list[Json]) -> None:
    seen: list[str] = []
    cursor = ""
    for _ in range(3):
        page = shop.get(
            "/v1/customers/hist", params={"limit": 2, **({"cursor": cursor} if cursor else {})}
        ).json()
        seen += [entry["event"]["event_id"] for entry in page["history"]]
        cursor = page.get("next_cursor", "")
    assert cursor == ""
    assert sorted(seen) == sorted(str(event["event_id"]) for event in history)


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=501", "limit=x", "cursor=x", "cursor=999999999", "cursor=", "page=2"]
)
def test_pages_that_cannot_be_meant_are_refused(shop: httpx.Client, history: list[Json], query: str) -> None:
    assert shop.get(f"/v1/customers/hist?{query}").status_code == 422


def test_a_customer_without_events_is_not_found(shop: httpx.Client) -> None:
    assert shop.get("/v1/customers/never-seen").status_code == 404


def test_names_and_addresses_are_kept_out_of_the_history(shop: httpx.Client) -> None:
    profile = {
        "type": "profile",
        "source": "crm",
        "event_id": "p-1",
        "occurred_at": at(1),
        "customer_id": "pii",
        "name": "Ada L",
        "email": "ada@example.org",
    }
    shop.post("/v1/events", json=profile).raise_for_status()
    page = shop.get("/v1/customers/pii").text
    assert "Ada" not in page
    assert "example.org" not in page


@pytest.fixture(scope="module")
def dealt_with(shop: httpx.Client) -> Json:
    def said(what: str, number: int, days_ago: float, /, **fields: object) -> Json:
        envelope = {"type": what, "source": "desk", "event_id": f"deal-{number}", "customer_id": "dealt"}
        return {**envelope, "occurred_at": at(days_ago), **fields}

    line = {"item_id": "item-01", "serial": "S-1", "line_id": "1"}
    present = {"item_id": "item-02", "is_gift": True, "recipient": "Mum"}
    request = {"decision_id": "D-1", "request_id": "R-1"}
    override = {"kind": "suppress", "author": "mira", "reason": "asked", "action": "product_offer"}
    events = [
        purchase("dealt", "item-01", days_ago=30, order_id="O-1", lines=[line, present]),
        said("delivered", 1, 28, order_id="O-1"),
        said("complaint_opened", 2, 27, complaint_id="K-1", item_id="item-01", severity="high"),
        said("complaint_opened", 3, 26, complaint_id="K-2"),
        said("complaint_resolved", 4, 25, complaint_id="K-2"),
        said("question", 5, 24, text="How do I clean it?", item_id="item-01", topic="care"),
        said("service_visit", 6, 23, service_code="check", serial="S-1"),
        said("appointment", 7, 22, appointment_id="V-1", starts_at=at(-20), service_code="check"),
        said("survey_answer", 8, 21, survey_id="nps", score=9),
        said("review", 9, 20, item_id="item-01", rating=5),
        said("consent_change", 10, 19, consent_channel="email", status="subscribed", topic="care"),
        said("contact_reserved", 11, 18, channel="email", expires_at=at(17), action="care", **request),
        said("contact_sent", 12, 17.5, channel="email", item_id="item-01", **request),
        said("response", 13, 17, decision_id="D-1", rank=1, outcome="accepted"),
        said("occasion", 14, 16, kind="birthday", on="1990-12-10"),
        said("override", 15, 15, **override, expires_at=at(-9)),
        said("profile", 16, 14, time_zone="Europe/Berlin", language="de", attributes={"size": "L"}),
        said("preference", 17, 13, name="quiet_day", value="Sunday"),
        view("item-03", customer_id="dealt"),
    ]
    shop.post("/v1/events", json=events).raise_for_status()
    found: Json = shop.get("/v1/customers/dealt").json()["dealings"]
    return found


def test_the_page_of_a_customer_shows_units_gifts_and_deliveries(dealt_with: Json) -> None:
    item = {"item_id": "item-01", "name": dealt_with["units"][0]["item"]["name"]}
    (unit,) = dealt_with["units"]
    assert (unit["item"], unit["order_id"], unit["serial"], unit["count"]) == (item, "O-1", "S-1", 1)
    assert [gift["recipient"] for gift in dealt_with["gifts"]] == ["Mum"]
    assert [delivery["kept"] for delivery in dealt_with["deliveries"]] == [[item]]


def test_the_page_of_a_customer_shows_complaints_and_service_newest_first(dealt_with: Json) -> None:
    assert [one["complaint_id"] for one in dealt_with["complaints"]] == ["K-2", "K-1"]
    assert ["resolved_at" in one for one in dealt_with["complaints"]] == [True, False]
    assert dealt_with["questions"][0]["topic"] == "care"
    assert dealt_with["visits"][0]["serial"] == "S-1"
    assert (dealt_with["appointments"][0]["status"], dealt_with["surveys"][0]["score"]) == ("booked", 9.0)
    assert dealt_with["reviews"][0]["rating"] == 5


def test_the_page_of_a_customer_shows_consent_contacts_and_what_followed(dealt_with: Json) -> None:
    (consent,) = dealt_with["consents"]
    assert (consent["channel"], consent["topic"], consent["event_id"]) == ("email", "care", "deal-10")
    (contact,) = dealt_with["contacts"]
    assert (contact["status"], contact["action"], contact["request_id"]) == ("sent", "care", "R-1")
    assert [(one["action"], one["outcome"]) for one in dealt_with["outcomes"]] == [("care", "accepted")]


def test_the_page_of_a_customer_shows_what_they_and_staff_want(dealt_with: Json) -> None:
    assert (dealt_with["time_zone"], dealt_with["language"]) == ("Europe/Berlin", "de")
    assert (dealt_with["attributes"], dealt_with["preferences"]) == ({"size": "L"}, {"quiet_day": "Sunday"})
    assert dealt_with["occasions"] == [{"kind": "birthday", "on": "1990-12-10", "yearly": True}]
    (override,) = dealt_with["overrides"]
    assert (override["kind"], override["author"], override["reason"]) == ("suppress", "mira", "asked")
    assert "last_seen_at" in dealt_with


def test_a_customer_with_plain_orders_has_nothing_to_show_besides(shop: httpx.Client) -> None:
    shop.post("/v1/events", json=[purchase("plain", "item-01", days_ago=3)]).raise_for_status()
    assert shop.get("/v1/customers/plain").json()["dealings"] == {}

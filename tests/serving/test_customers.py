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

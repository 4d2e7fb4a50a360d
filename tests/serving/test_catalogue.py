import httpx
import pytest

from tests.serving.shops import Json, offered, purchase


def test_items_are_put_one_by_one_or_together(shop: httpx.Client) -> None:
    lamp: Json = {
        "item_id": "lamp",
        "name": "LAMP",
        "price": "12.50",
        "currency": "EUR",
        "category": ["home", "light"],
    }
    one = shop.put("/v1/items", json=lamp).json()
    assert one["received"] == 1
    again = shop.put("/v1/items", json=[lamp]).json()
    assert again["catalogue_version"] == one["catalogue_version"]
    many = shop.put("/v1/items", json={"items": [{**lamp, "price": "11"}, {"item_id": "shade"}]}).json()
    assert many["received"] == 2
    assert many["catalogue_version"] > one["catalogue_version"]
    found = shop.get("/v1/items/lamp").json()
    assert found["described"] is True
    assert found["item"]["price"] == "11"
    assert found["item"]["category"] == ["home", "light"]


def test_an_item_known_from_purchases_only_is_answered_by_its_id(shop: httpx.Client) -> None:
    shop.post("/v1/events", json=purchase("buyer", "never-described")).raise_for_status()
    found = shop.get("/v1/items/never-described").json()
    assert (found["described"], found["item"]) == (False, {"item_id": "never-described"})
    holdings = shop.get("/v1/customers/buyer").json()["holdings"]
    assert [holding["name"] for holding in holdings] == ["never-described"]


def test_unknown_items_are_not_found(shop: httpx.Client) -> None:
    for path in ("/v1/items/nowhere", "/v1/items/nowhere/related", "/v1/items/now%2Fhere/related"):
        answer = shop.get(path)
        assert answer.status_code == 404
        assert answer.json()["type"] == "/problems/not-found"


def test_an_id_with_a_slash_works_when_it_is_encoded(shop: httpx.Client) -> None:
    shop.put("/v1/items", json={"item_id": "a/b/related", "name": "SLASH"}).raise_for_status()
    assert shop.get("/v1/items/a%2Fb%2Frelated").json()["item"]["name"] == "SLASH"
    assert shop.get("/v1/items/a%2Fb%2Frelated/related").status_code == 200


def test_related_items_leave_out_the_item_itself_and_are_ranked(shop: httpx.Client) -> None:
    related = shop.get("/v1/items/item-00/related?k=5").json()
    for listed in (related["bought_together"], related["similar"]):
        assert 0 < len(listed) <= 5
        assert "item-00" not in [item["item_id"] for item in listed]
        assert [item["rank"] for item in listed] == list(range(1, len(listed) + 1))
        assert all("item-00" in item["reason"]["text"] for item in listed)
    assert shop.get("/v1/items/item-00/related?k=0").status_code == 422


@pytest.mark.parametrize(
    "body",
    [
        {"item_id": ""},
        {"item_id": "\U0001f600"},
        {"item_id": "x", "price": "NaN", "currency": "EUR"},
        {"item_id": "x", "price": "-1", "currency": "EUR"},
        {"item_id": "x", "price": "1", "currency": "euro"},
        {"item_id": "x", "colour": "red"},
        {"item_id": "x", "active_from": "2026-01-01T00:00:00"},
        {"item_id": "x", "ownership": {"kind": "forever"}},
        {"item_id": "x", "ownership": {"kind": "cool_down"}},
        {"name": "no id"},
        [],
        {"items": []},
        {"items": 3},
        [{"item_id": "x"}, {"item_id": "x"}],
        [{"item_id": f"x{number}"} for number in range(1001)],
        "item",
        7,
    ],
)
def test_items_that_do_not_fit_are_refused(shop: httpx.Client, body: object) -> None:
    answer = shop.put("/v1/items", json=body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["type"] == "/problems/invalid-item"


def test_of_a_batch_with_one_bad_item_nothing_is_written(shop: httpx.Client) -> None:
    assert shop.put("/v1/items", json=[{"item_id": "good-one"}, {"item_id": ""}]).status_code == 422
    assert shop.get("/v1/items/good-one").status_code == 404


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize(
    "wrong", [{"url": "no address"}, {"price": True}, {"colour": "red"}, {"schema_version": 9}]
)
def test_of_a_batch_the_wrong_item_is_named_with_its_place(
    shop: httpx.Client, method: str, wrong: Json
) -> None:
    shop.put("/v1/items", json=[{"item_id": "bowl"}, {"item_id": "jug"}]).raise_for_status()
    batch = [{"item_id": "bowl"}, {"item_id": "jug", **wrong}]
    for body in (batch, {"items": batch}):
        answer = shop.request(method, "/v1/items", json=body)
        assert answer.status_code == 422, answer.text
        assert "item[1] ('jug')" in answer.json()["detail"]


def test_an_item_that_was_sent_twice_is_named_with_both_places(shop: httpx.Client) -> None:
    answer = shop.put("/v1/items", json=[{"item_id": "x"}, {"item_id": "y"}, {"item_id": "x"}])
    assert "'x' at [0] and [2]" in answer.text


def test_a_stock_feed_changes_only_what_it_sends(shop: httpx.Client) -> None:
    cup: Json = {
        "item_id": "cup",
        "name": "CUP",
        "price": "3",
        "currency": "EUR",
        "attributes": {"size": "L"},
    }
    shop.put("/v1/items", json=[cup, {**cup, "item_id": "saucer"}]).raise_for_status()
    one = shop.patch("/v1/items", json={"item_id": "cup", "available": False})
    assert (one.status_code, one.json()["received"]) == (200, 1), one.text
    assert shop.get("/v1/items/cup").json()["item"] == {**cup, "available": False}
    changes = [{"item_id": "cup", "available": None, "price": None, "currency": None}, {"item_id": "saucer"}]
    for body in (changes, {"items": changes}):
        many = shop.patch("/v1/items", json=body, headers={"content-type": "application/merge-patch+json"})
        assert (many.status_code, many.json()["received"]) == (200, 2), many.text
    found = shop.get("/v1/items/cup").json()["item"]
    assert found == {"item_id": "cup", "name": "CUP", "attributes": {"size": "L"}}
    assert shop.get("/v1/items/saucer").json()["item"] == {**cup, "item_id": "saucer"}


def test_a_patch_for_unknown_items_lists_them_and_changes_nothing(shop: httpx.Client) -> None:
    shop.put("/v1/items", json={"item_id": "plate", "name": "PLATE"}).raise_for_status()
    unknown = [f"never-seen-{number}" for number in range(300)]
    body = [{"item_id": "plate", "name": "DISH"}, *({"item_id": item} for item in unknown)]
    answer = shop.patch("/v1/items", json=body)
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found")
    assert answer.json()["unknown_items"] == unknown
    assert "PUT /v1/items" in answer.json()["remedy"]
    assert shop.get("/v1/items/plate").json()["item"]["name"] == "PLATE"
    assert shop.get("/v1/items/never-seen-0").status_code == 404


def test_an_item_known_from_purchases_only_can_be_patched(shop: httpx.Client) -> None:
    shop.post("/v1/events", json=purchase("buyer", "bought-before")).raise_for_status()
    shop.patch("/v1/items", json={"item_id": "bought-before", "available": False}).raise_for_status()
    assert shop.get("/v1/items/bought-before").json()["item"]["available"] is False


@pytest.mark.parametrize(
    "body",
    [
        {"item_id": "item-00", "price": "NaN"},
        {"item_id": "item-00", "colour": None},
        {"item_id": "item-00", "name": 7},
        {"item_id": ""},
        {"item_id": "\U0001f600"},
        {"available": False},
        [{"item_id": "item-00"}, {"item_id": "item-00"}],
        [{"item_id": f"x{number}"} for number in range(1001)],
        [],
        {"items": []},
        "item-00",
        7,
    ],
)
def test_patches_that_do_not_fit_are_refused(shop: httpx.Client, body: object) -> None:
    answer = shop.patch("/v1/items", json=body)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-item"), answer.text


def test_owning_one_variant_is_owning_all(shop: httpx.Client) -> None:
    best = offered(shop.get("/v1/customers/c20/actions").json())[0]
    group = [{"item_id": item, "item_group_id": "pair"} for item in (best, "its-variant")]
    shop.put("/v1/items", json=group).raise_for_status()
    shop.post("/v1/events", json=purchase("c20", "its-variant", days_ago=0.001)).raise_for_status()
    assert best not in offered(shop.get("/v1/customers/c20/actions?k=100").json())


def test_ownership_rules_are_replaced_and_read(shop: httpx.Client) -> None:
    rules = [{"kind": "consumable", "category": ["food"]}]
    put = shop.put("/v1/ownership", json=rules)
    assert put.status_code == 200, put.text
    assert shop.get("/v1/ownership").json()["rules"] == rules
    assert shop.put("/v1/ownership", json=[{"kind": "forever"}]).status_code == 422
    assert shop.get("/v1/ownership").json()["rules"] == rules
    assert shop.put("/v1/ownership", json=[]).status_code == 200

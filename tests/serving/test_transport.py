import json
import re
import socket
from pathlib import Path

import httpx
import pytest

from serving.auth.access import ALLOWED
from serving.body import MAX_BODY_BYTES
from tests.serving.running_api import RunningApi
from tests.serving.shops import view


def test_a_path_that_does_not_exist_is_a_problem(shop: httpx.Client) -> None:
    for path in (
        "/nowhere",
        "/v1/customer",
        "/v1/customers//actions/x",
        "/v1/items/a/b/related",
        "/v1/model/",
    ):
        answer = shop.get(path)
        assert answer.status_code == 404, path
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_method_that_a_path_does_not_take_is_named_with_those_that_it_does(shop: httpx.Client) -> None:
    answer = shop.delete("/v1/ownership")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, PUT"
    assert answer.json()["expected"] == "GET or PUT"
    assert shop.patch("/v1/events").status_code == 405


def test_head_answers_like_get_without_a_body(shop: httpx.Client) -> None:
    answer = shop.head("/v1/model")
    assert answer.status_code == 200
    assert int(answer.headers["content-length"]) > 0
    assert answer.content == b""


@pytest.mark.parametrize("length", [MAX_BODY_BYTES + 1, 5_000_000])
def test_a_large_body_is_refused_whether_its_length_is_announced_or_not(
    shop: httpx.Client, length: int
) -> None:
    headers = {"content-type": "application/json"}
    announced = shop.post("/v1/events", content=b" " * length, headers=headers)
    chunks = (b" " * 50_000 for _ in range(length // 50_000 + 1))
    chunked = shop.post("/v1/events", content=chunks, headers=headers)
    for answer in (announced, chunked):
        assert answer.status_code == 413
        assert answer.json()["type"] == "/problems/body-too-large"
    assert shop.get("/livez").status_code == 200


def test_only_plain_json_is_taken(shop: httpx.Client) -> None:
    body = json.dumps(view("item-00"))
    for headers in ({"content-type": "text/plain"}, {"content-type": "application/x-www-form-urlencoded"},
                    {"content-type": "application/json", "content-encoding": "gzip"}):  # fmt: skip
        assert shop.post("/v1/events", content=body, headers=headers).status_code == 415
    assert (
        shop.post(
            "/v1/events", content=body, headers={"content-type": "application/json; charset=utf-8"}
        ).status_code
        == 202
    )


def test_request_ids_are_taken_over_when_they_are_harmless(shop: httpx.Client) -> None:
    assert shop.get("/livez", headers={"x-request-id": "abc-1.2_X"}).headers["x-request-id"] == "abc-1.2_X"
    for odd in ("x" * 65, "a b", 'a"b', "<script>"):
        assert shop.get("/livez", headers={"x-request-id": odd}).headers["x-request-id"] != odd
    first, second = (shop.get("/livez").headers["x-request-id"] for _ in range(2))
    assert first != second


@pytest.mark.parametrize(
    "request_line",
    [b"GET /v1/customers/%00/actions HTTP/1.1", b"GET /v1/customers/%zz/actions HTTP/1.1", b"GET /v1/customers/%/actions HTTP/1.1",
     b"GET /v1/items/\xff\xfe HTTP/1.1", b"GET http://elsewhere/v1/items/x HTTP/1.1", b"GET /v1/items/x?%ff=%fe HTTP/1.1",
     b"GET /v1/items/x?" + b"a=1&" * 500 + b" HTTP/1.1", b"GARBAGE", b"GET * HTTP/1.1"],
)  # fmt: skip
def test_raw_nonsense_is_a_4xx(api: RunningApi, shop: httpx.Client, request_line: bytes) -> None:
    host, port = api.url.removeprefix("http://").split(":")
    key = shop.headers["authorization"].encode()
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(
            request_line + b"\r\nHost: x\r\nConnection: close\r\nAuthorization: " + key + b"\r\n\r\n"
        )
        status = connection.recv(200).split(b"\r\n")[0]
    assert re.match(rb"HTTP/1.1 4\d\d", status), status


def test_the_documentation_fetches_nothing_from_outside(api: RunningApi, shop: httpx.Client) -> None:
    client = api.client()
    root = client.get("/")
    assert (root.status_code, root.headers["location"]) == (307, "/docs")
    page = client.get("/docs")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert not re.findall(r"(?:src|href)=[\"']?(?:https?:)?//", page.text)
    assert client.get("/openapi.json").json()["openapi"].startswith("3.1")


def test_every_type_of_problem_is_explained_where_it_points_to(shop: httpx.Client, api: RunningApi) -> None:
    pointed = shop.get("/nowhere").json()["type"]
    assert api.client().get(pointed).json()["title"] == "There is no such path"
    assert api.client().get("/problems/nonsense").status_code == 404


def test_readiness_gives_a_reason_for_every_part(shop: httpx.Client, api: RunningApi) -> None:
    ready = api.client().get("/readyz")
    assert ready.status_code == 200
    body = ready.json()
    assert body["ready"] is True
    for part in ("log", "state", "model"):
        assert body[part]["ok"] is True
        assert body[part]["reason"]


def test_the_model_is_described(shop: httpx.Client) -> None:
    model = shop.get("/v1/model").json()
    assert (model["served_by"], model["model_version"], model["alias"]) == ("model", "1", "champion")
    assert model["items"] == 40
    assert model["as_of"] < model["loaded_at"]


def test_the_documented_table_of_access_is_the_one_that_holds() -> None:
    from serving.auth import access

    rows = re.findall(
        r"^(?:GET|PUT|POST|PUT/PATCH|DELETE) \S+(?: \S+)*?\s{2,}.*$", access.__doc__ or "", re.MULTILINE
    )
    assert len(rows) == len(ALLOWED)


def test_the_web_page_ships_with_the_package() -> None:
    import serving.openapi

    assert Path(serving.openapi.__file__).with_name("docs.html").is_file()


LONG = b"1" * 5_000


@pytest.mark.parametrize(
    ("verb", "path", "body", "words"),
    [
        ("POST", "/v1/customers/a/overrides", LONG, "does not fit"),
        ("POST", "/v1/customers/a/overrides", b'{"x":%b}', "unknown field"),
        (
            "POST",
            "/v1/customers/a/overrides",
            b'{"kind":"hold_all","author":"a","reason":%b}',
            "does not fit",
        ),
        ("POST", "/v1/customers/a/consents", b'{"channel":"e","status":"pending","said_at":%b}', "not fit"),
        ("POST", "/v1/decisions", b'{"k":%b}', "does not fit"),
        ("POST", "/v1/decisions", b'{"customer_id":%b}', "does not fit"),
        ("POST", "/v1/events", LONG, "holds no events"),
        ("POST", "/v1/events", b'{"type":"view","x":%b}', "a number in the event is too large"),
        ("PUT", "/v1/items", b'{"item_id":"a","x":%b}', "a number in the catalogue is too large"),
        ("PATCH", "/v1/items", b'{"item_id":"a","price":%b}', "a number in the catalogue is too large"),
        ("PUT", "/v1/ownership", LONG, "do not fit"),
    ],
)
def test_a_number_of_thousands_of_digits_is_refused_in_words_about_it(
    api: RunningApi, verb: str, path: str, body: bytes, words: str
) -> None:
    client = api.client(api.make_key("admin", "staff", "server").text)
    content = body % LONG if b"%b" in body else body
    answer = client.request(verb, path, content=content, headers={"content-type": "application/json"})
    assert answer.status_code == 422, answer.text
    assert words in answer.json()["detail"]

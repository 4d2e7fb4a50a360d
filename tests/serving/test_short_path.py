"""The short way through the application, over real sockets: rude clients cost nobody else an answer."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import Response

from serving.settings import ServingSettings
from tests.serving.running_api import RunningApi, eventually


@contextmanager
def connection(api: RunningApi) -> Iterator[socket.socket]:
    host, _, port = api.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=60) as opened:
        yield opened


def request(method: str, path: str, key: str = "", *headers: str, body: bytes = b"") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: shop", *headers]
    lines += [f"X-Api-Key: {key}"] if key else []
    lines += [f"Content-Length: {len(body)}", "Content-Type: application/json"] if body else []
    return "\r\n".join([*lines, "", ""]).encode() + body


def answers(opened: socket.socket, count: int) -> list[tuple[int, bytes]]:
    """Read so many answers, each with the length that it states."""
    with opened.makefile("rb") as stream:
        return [_answer(stream.readline, stream.read) for _ in range(count)]


def _answer(readline: Callable[[], bytes], read: Callable[[int], bytes]) -> tuple[int, bytes]:
    status, length = int(readline().split()[1]), 0
    while (line := readline().strip()) != b"":
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return status, read(length)


@pytest.fixture(scope="module")
def key(api: RunningApi) -> str:
    return api.make_key("server").text


def test_requests_that_are_sent_together_are_answered_in_their_order(api: RunningApi, key: str) -> None:
    paths = [
        "/livez",
        "/v1/customers/c01/actions?k=1",
        "/v1/items/item-01",
        "/nowhere",
        "/v1/items/nowhere",
        "/livez",
    ]
    with connection(api) as opened:
        opened.sendall(b"".join(request("GET", path, key) for path in paths))
        found = answers(opened, len(paths))
    assert [status for status, _ in found] == [200, 200, 200, 404, 404, 200]
    assert b'"customer_id":"c01"' in found[1][1]
    assert b'"item_id":"item-01"' in found[2][1]


def test_a_request_that_comes_byte_by_byte_is_answered(api: RunningApi, key: str) -> None:
    with connection(api) as opened:
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in request("POST", "/v1/decisions", key, body=b'{"customer_id": "c01", "k": 1}'):
            opened.sendall(bytes([byte]))
        assert answers(opened, 1)[0][0] == 200


@pytest.mark.parametrize(
    "part",
    [
        b"GET /v1/customers/c01/act",
        b"GET /v1/customers/c01/actions HTTP/1.1\r\nHost: shop\r\n",
        b"POST /v1/events HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{",
    ],
)
def test_a_client_that_goes_in_the_middle_of_its_request_disturbs_nobody(
    api: RunningApi, shop: httpx.Client, key: str, part: bytes
) -> None:
    for _ in range(20):
        with connection(api) as opened:
            opened.sendall(part.replace(b"Host: shop", f"Host: shop\r\nX-Api-Key: {key}".encode()))
    assert shop.get("/v1/customers/c01/actions").status_code == 200
    assert 'status="500"' not in shop.get("/metrics").text
    if part.startswith(b"POST"):
        gone = 'rapport_http_request_seconds_count{method="POST",route="/v1/events",status="499"}'
        eventually(lambda: gone in shop.get("/metrics").text, what="the client that went is counted")


def test_a_client_that_does_not_wait_for_its_answer_disturbs_nobody(
    api: RunningApi, shop: httpx.Client, key: str
) -> None:
    for number in range(50):
        with connection(api) as opened:
            opened.sendall(request("GET", f"/v1/customers/c{number:02d}/actions?k=100", key) * 5)
    assert shop.get("/v1/customers/c01/actions").status_code == 200
    assert 'status="500"' not in shop.get("/metrics").text


def test_head_has_the_headers_of_get_and_no_body(api: RunningApi, shop: httpx.Client, key: str) -> None:
    got = shop.get("/v1/items/item-01")
    with connection(api) as opened:
        opened.sendall(request("HEAD", "/v1/items/item-01", key, "Connection: close"))
        head = b"".join(iter(lambda: opened.recv(65_536), b""))
    assert head.startswith(b"HTTP/1.1 200")
    assert f"content-length: {len(got.content)}".encode() in head.lower()
    assert head.endswith(b"\r\n\r\n")


async def _passing(request: Request, call_next: RequestResponseEndpoint) -> Response:
    return await call_next(request)


def test_the_long_way_of_an_application_with_more_middleware_answers_the_same(tmp_path: Path) -> None:
    settings = ServingSettings(home=tmp_path / "home", access_log=False, mlflow_tracking_uri="")
    with RunningApi(settings) as api:
        key = api.make_key("server").text
        client = api.client(key)
        short = [_told(client.get(path)) for path in _PATHS]
    longer = RunningApi(settings)
    longer.app.add_middleware(BaseHTTPMiddleware, dispatch=_passing)
    with longer as api:
        client = api.client(key)
        assert [_told(client.get(path)) for path in _PATHS] == short


_PATHS = (
    "/livez",
    "/v1/items/nowhere",
    "/v1/customers/c01/actions?k=0",
    "/nowhere",
    "/v1/items/a%2Fb",
    "/v1/ownership",
)


def _told(answer: httpx.Response) -> tuple[int, str, dict[str, object]]:
    body = {name: value for name, value in answer.json().items() if name != "request_id"}
    return answer.status_code, answer.headers["content-type"], body

"""``GET /widget.js`` over HTTP: open to everybody, kept by browsers, and not sent again to who has it."""

import httpx

from tests.serving.running_api import RunningApi


def test_the_script_needs_no_key_and_may_be_numbered(api: RunningApi, shop: httpx.Client) -> None:
    answer = api.client().get("/widget.js?v=2")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert "max-age=" in answer.headers["cache-control"]
    assert answer.text == api.client().get("/widget.js").text


def test_who_has_it_is_told_so(api: RunningApi, shop: httpx.Client) -> None:
    etag = api.client().get("/widget.js").headers["etag"]
    for known in (etag, f"W/{etag}", f'"other", {etag}'):
        again = api.client().get("/widget.js", headers={"if-none-match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
        assert "content-length" not in again.headers
    assert api.client().get("/widget.js", headers={"if-none-match": '"other"'}).status_code == 200


def test_it_loads_nothing_from_elsewhere_and_keeps_nothing(api: RunningApi, shop: httpx.Client) -> None:
    script = api.client().get("/widget.js").text
    for word in (
        "http://",
        "https://",
        "localStorage",
        "sessionStorage",
        "document.cookie",
        "innerHTML",
        "eval(",
    ):
        assert word not in script, word

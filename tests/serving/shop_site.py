"""A shop's own web site beside the API: another origin, with pages and a token for who is signed in."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

import jwt
import orjson

from serving.auth.keys import NewKey


class ShopSite:
    """Pages by path.

    Attributes
    ----------
    origin
        Where it is, as a browser names it.
    signed_in
        The customer for whom ``/who`` answers; None: nobody.
    """

    def __init__(self) -> None:
        self.pages: dict[str, str] = {}
        self.key: NewKey | None = None
        self.signed_in: str | None = None
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, kind, body = site._answer(self.path)
                self.send_response(status)
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_said: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=10)

    def page(self, path: str, body: str) -> str:
        """Put a page there, and return its address."""
        self.pages[path] = f"<!doctype html><html lang=en><meta charset=utf-8><title>Shop</title>{body}"
        return self.origin + path

    def token(self, customer_id: str, **claims: Any) -> str:
        """Sign as the shop's server does."""
        assert self.key is not None
        now = int(time.time())
        whole = {"sub": customer_id, "aud": "rapport", "iat": now, "exp": now + 600} | claims
        return str(jwt.encode(whole, self.key.record.signing_secret or b"", algorithm="HS256"))

    def _answer(self, path: str) -> tuple[int, str, bytes]:
        if path == "/who":
            if self.signed_in is None:
                return 204, "application/json", b""
            said = {"customer_id": self.signed_in, "token": self.token(self.signed_in)}
            return 200, "application/json", orjson.dumps(said)
        page = self.pages.get(path)
        return (404, "text/html", b"") if page is None else (200, "text/html", page.encode())

"""What a route returns: bytes, a status and headers, sent as two ASGI messages.

Starlette's ``Response`` costs several microseconds of header handling per answer; the hot routes answer in tens.
"""

from typing import Any

import msgspec
from starlette.types import Receive, Scope, Send

HeaderPairs = tuple[tuple[bytes, bytes], ...]

UNKEPT = (b"cache-control", b"no-store")
"""Answers are a customer's own and of this moment: no cache between us and the browser keeps them."""

JSON = ((b"content-type", b"application/json"), UNKEPT)
HTML = ((b"content-type", b"text/html; charset=utf-8"), UNKEPT)


class Answer:
    """An HTTP answer whose body is already encoded.

    Examples
    --------
    >>> Answer(b"{}", 202).status
    202
    """

    __slots__ = ("body", "headers", "status")

    def __init__(self, body: bytes, status: int = 200, headers: HeaderPairs = JSON) -> None:
        self.body = body
        self.status = status
        self.headers = headers

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Send the answer."""
        headers = [*self.headers, (b"content-length", b"%d" % len(self.body))]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


def json_answer(content: Any, status: int = 200) -> Answer:
    """Encode any wire struct (``Any``: msgspec encodes every value we answer with)."""
    return Answer(msgspec.json.encode(content), status)

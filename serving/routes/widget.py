"""``GET /widget.js``: the script tag of a shop's pages. It holds nothing of a customer and is the same for everybody."""

import functools
import hashlib
from importlib.resources import files
from typing import Final

from starlette.types import Receive, Scope, Send

from serving.answers import Answer
from serving.call import Call

_KEPT_SECONDS: Final = 300
"""How long a browser may use it unasked: so long an old one meets a new API."""


async def get_widget(call: Call) -> Answer:
    """Answer with the script, or with 304 to who has it; whatever the query says, so that pages may number it."""
    script, etag = _script()
    headers = (
        (b"content-type", b"text/javascript; charset=utf-8"),
        (b"cache-control", b"public, max-age=%d" % _KEPT_SECONDS),
        (b"etag", etag),
        # Pages that isolate themselves (COEP) may load it, too.
        (b"cross-origin-resource-policy", b"cross-origin"),
        (b"x-content-type-options", b"nosniff"),
    )
    known = (call.header(b"if-none-match") or "").encode("latin-1")
    tags = {tag.strip().removeprefix(b"W/") for tag in known.split(b",")}
    return _NotModified(b"", 304, headers[1:]) if etag in tags else Answer(script, 200, headers)


class _NotModified(Answer):
    """Says no length: that of a 304 would be the script's (RFC 9110, 8.6)."""

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status, "headers": list(self.headers)})
        await send({"type": "http.response.body", "body": b""})


@functools.cache
def _script() -> tuple[bytes, bytes]:
    script = files("serving.widget").joinpath("widget.js").read_bytes()
    return script, b'"%s"' % hashlib.sha256(script).hexdigest()[:32].encode()

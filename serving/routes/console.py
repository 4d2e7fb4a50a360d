"""``GET /console``: the page of store and service staff. It holds nothing itself; what it shows it asks with the key that is typed in."""

import functools
from importlib.resources import files
from typing import Final

from serving.answers import HTML, Answer
from serving.call import Call

_POLICY: Final = (
    b"default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; connect-src 'self'; "
    b"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS: Final = (
    (b"content-security-policy", _POLICY),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-cache"),
)


async def get_console(call: Call) -> Answer:
    """Answer with the page."""
    call.query()
    return Answer(_file("console.html"), 200, (*HTML, *_HEADERS))


async def get_console_script(call: Call) -> Answer:
    """Answer with what the page runs."""
    call.query()
    return Answer(_file("console.js"), 200, ((b"content-type", b"text/javascript; charset=utf-8"), *_HEADERS))


@functools.cache
def _file(name: str) -> bytes:
    return files("serving.console").joinpath(name).read_bytes()

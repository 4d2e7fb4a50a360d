"""Reading a request body within its limits, and JSON out of it.

The size is checked before and while reading, so that a chunked body cannot grow past the limit either; the
encoding and the nesting are checked before anything is decoded into a type.
"""

import functools
import json
import re
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Final, TypeVar, get_args

import msgspec
from starlette.requests import ClientDisconnect
from starlette.types import Receive

from recommender.errors import InvalidInputError
from recommender.value_rules import is_json_number, shown
from serving.errors import BodyTooLargeError, BrokenBodyError, UnsupportedMediaTypeError

MAX_BODY_BYTES = 1_000_000
MAX_DEPTH = 32
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")

_HIGH: Final = rb"\\u[dD][89abAB][0-9a-fA-F]{2}"
_LOW: Final = rb"\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_LONE_SURROGATE: Final = re.compile(rb"%b(?!%b)|(?<!%b)%b" % (_HIGH, _LOW, rb"\\u[dD][89abAB]..", _LOW))

T = TypeVar("T")


async def read_body(headers: Sequence[tuple[bytes, bytes]], receive: Receive) -> bytes:
    """Return the whole body.

    Raises
    ------
    UnsupportedMediaTypeError
        Another content type than JSON, or compressed content.
    BodyTooLargeError
        More than 1 MB announced or received.
    BrokenBodyError
        Nothing, or not UTF-8.
    """
    _check_headers(headers)
    return _checked_text(await _received(receive, MAX_BODY_BYTES))


async def read_form(
    headers: Sequence[tuple[bytes, bytes]], receive: Receive, most_bytes: int
) -> tuple[str, bytes]:
    """Return the content type of a form, and the whole of it.

    Raises
    ------
    UnsupportedMediaTypeError
        It is no form.
    BodyTooLargeError
        More than ``most_bytes`` received.
    """
    content_type = next((value for name, value in headers if name == b"content-type"), b"").decode("latin-1")
    media_type = content_type.split(";", 1)[0].strip().lower()
    if media_type not in FORMS:
        raise UnsupportedMediaTypeError(
            "the body is no form", expected=" or ".join(FORMS), found=media_type[:80] or "nothing"
        )
    return content_type, await _received(receive, most_bytes)


async def _received(receive: Receive, most_bytes: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > most_bytes:
            raise _too_large(f"more than {most_bytes} bytes", most_bytes)
        chunks.append(chunk)
        more = message.get("more_body", False)
    return b"".join(chunks)


def _check_headers(headers: Sequence[tuple[bytes, bytes]]) -> None:
    for name, value in headers:
        if name == b"content-length" and value.isdigit() and int(value) > MAX_BODY_BYTES:
            raise _too_large(f"{int(value)} bytes")
        if name == b"content-type":
            _check_media_type(value)
        if name == b"content-encoding" and value.lower() != b"identity":
            raise UnsupportedMediaTypeError(
                "compressed bodies are not accepted",
                expected="no content-encoding",
                found=value.decode("latin-1")[:40],
                remedy="send plain JSON",
            )


def _check_media_type(value: bytes) -> None:
    media_type = value.split(b";", 1)[0].strip().lower()
    if media_type == b"application/json" or (
        media_type.startswith(b"application/") and media_type.endswith(b"+json")
    ):
        return
    raise UnsupportedMediaTypeError(
        "the body is not declared as JSON",
        expected="application/json",
        found=media_type.decode("latin-1")[:80],
        remedy="send the header 'Content-Type: application/json'",
    )


def _too_large(found: str, most_bytes: int = MAX_BODY_BYTES) -> BodyTooLargeError:
    return BodyTooLargeError(
        "the body is too large",
        expected=f"at most {most_bytes} bytes",
        found=found,
        remedy="send several requests; for files use 'rapport ingest' or 'rapport catalog load'",
    )


def _checked_text(body: bytes) -> bytes:
    if not body.strip():
        raise BrokenBodyError(
            "the body is empty", expected="a JSON object or array", found="nothing", remedy="send JSON"
        )
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BrokenBodyError(
            "the body is not UTF-8",
            expected="JSON in UTF-8",
            found=f"byte 0x{body[error.start]:02x} at position {error.start}",
            remedy="encode the text as UTF-8",
        ) from None
    check_depth(body)
    return body


def check_depth(body: bytes) -> None:
    """Refuse JSON nested deeper than anything we understand.

    Counts brackets outside strings only when there are enough of them to matter.

    Raises
    ------
    BrokenBodyError
        Deeper than ``MAX_DEPTH``.

    Examples
    --------
    >>> check_depth(b'[[["[[[["]]]')
    >>> check_depth(b"[" * 40)
    Traceback (most recent call last):
        ...
    serving.errors.BrokenBodyError: the body is nested too deeply: expected at most 32 levels; send flat JSON
    """
    if body.count(b"[") + body.count(b"{") <= MAX_DEPTH:
        return
    outside = b"".join(_outside_strings(body))
    depth = 0
    for byte in outside:
        if byte in b"[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise BrokenBodyError(
                    "the body is nested too deeply",
                    expected=f"at most {MAX_DEPTH} levels",
                    remedy="send flat JSON",
                )
        elif byte in b"]}":
            depth -= 1


_KEEP_BRACKETS = bytes(set(range(256)) - set(b'[]{}"'))


def _outside_strings(body: bytes) -> list[bytes]:
    """Return the brackets outside strings: escaped quotes go first, then every second part lies inside quotes."""
    plain = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    return plain.translate(None, _KEEP_BRACKETS).split(b'"')[::2]


def decode(body: bytes, shape: type[T], error: type[InvalidInputError], expected: str) -> T:
    """Decode JSON into a type.

    Parameters
    ----------
    body
        Checked UTF-8.
    shape
        A msgspec struct or a builtin.
    error
        What to raise when the JSON is whole but does not fit.
    expected
        One phrase for the caller: what would have fitted.

    Raises
    ------
    BrokenBodyError
        Not JSON at all.
    """
    try:
        found = msgspec.json.decode(body, type=shape)
    except msgspec.ValidationError as cause:
        _check_fields(body, shape, error)
        raise error(
            "the body does not fit", expected=expected, found=str(cause), remedy="see /docs"
        ) from None
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as cause:
        raise broken(cause, body) from None
    if issubclass(shape, msgspec.Struct):
        _check_doubled(body, shape, error)
        _check_decimals(body, shape, error)
    return found


def _check_fields(body: bytes, shape: type[object], error: type[InvalidInputError]) -> None:
    """Name every field that the type does not have, not only the first."""
    known = msgspec.structs.fields(shape) if issubclass(shape, msgspec.Struct) else ()
    try:
        # Only the names: a value may be a number that Python cannot read.
        sent = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except msgspec.DecodeError:
        return
    if not known:
        return
    names = [one.encode_name for one in known]
    unknown = [name for name in sent if name not in names]
    if unknown:
        raise error(
            "unknown field" if len(unknown) == 1 else "unknown fields",
            expected="only " + ", ".join(names),
            found=", ".join(ascii(name[:40])[1:-1] for name in unknown),
            remedy="leave out what is unknown, or correct its name",
        )


def _check_doubled(body: bytes, shape: type[msgspec.Struct], error: type[InvalidInputError]) -> None:
    """Refuse a field that is sent twice: which of the two was meant, nobody knows.

    Names are counted first, which costs next to nothing; a name may be escaped, too.
    """
    if b"\\" not in body and all(body.count(name) < 2 for name in _names_of(shape)):
        return
    doubled: list[str] = []

    def noted(pairs: list[tuple[str, object]]) -> None:
        count = Counter(name for name, _ in pairs)
        doubled.extend(name for name, times in count.items() if times > 1)

    json.loads(body, object_pairs_hook=noted, parse_int=str)
    if doubled:
        raise error(
            f"{doubled[0]} is there twice",
            expected="every field once",
            found=", ".join(ascii(name[:40])[1:-1] for name in doubled),
            remedy="send the one that is meant",
        )


def _check_decimals(body: bytes, shape: type[msgspec.Struct], error: type[InvalidInputError]) -> None:
    """Refuse text that Python reads as a decimal and JSON would not, such as ``"1_000"`` or ``" 5 "``."""
    names = _decimals_of(shape)
    if not names:
        return
    sent = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    for name in names & sent.keys():
        if not bytes(sent[name]).startswith(b'"'):
            continue
        text = msgspec.json.decode(sent[name], type=str)
        if not is_json_number(text):
            raise error(
                f"{name} is no decimal",
                expected='a number, or one as text such as "2.55"',
                found=shown(text),
                remedy="send digits 0 to 9 with a point",
            )


@functools.cache
def _names_of(shape: type[msgspec.Struct]) -> tuple[bytes, ...]:
    return tuple(b'"%b"' % one.encode_name.encode() for one in msgspec.structs.fields(shape))


@functools.cache
def _decimals_of(shape: type[msgspec.Struct]) -> frozenset[str]:
    known = msgspec.structs.fields(shape)
    return frozenset(one.encode_name for one in known if Decimal in {one.type, *get_args(one.type)})


def broken(cause: BaseException, body: bytes) -> BrokenBodyError:
    """Describe JSON that does not parse."""
    lone = _LONE_SURROGATE.search(body)
    return BrokenBodyError(
        "the body is not JSON",
        expected="JSON (RFC 8259)",
        found=str(cause) if lone is None else f"half a character: {lone[0].decode()} alone",
        remedy="check quotes, commas and NaN",
    )

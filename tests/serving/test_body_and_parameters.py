import asyncio
import contextlib
import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.errors import InvalidRequestError, RapportError
from serving.body import MAX_BODY_BYTES, MAX_DEPTH, check_depth, read_body
from serving.errors import BodyTooLargeError, BrokenBodyError, UnsupportedMediaTypeError
from serving.parameters import customer_id_of, flag, label, parse_query, whole_number

JSON = (b"content-type", b"application/json")


def read(chunks: Sequence[bytes], *headers: tuple[bytes, bytes]) -> bytes:
    waiting = list(chunks)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": waiting.pop(0), "more_body": bool(waiting)}

    return asyncio.run(read_body(headers or (JSON,), receive))


def test_a_body_is_read_whole() -> None:
    assert read([b'{"a"', b":1}"]) == b'{"a":1}'


def test_a_body_at_the_limit_is_read_and_one_byte_more_is_not() -> None:
    body = b'"' + b"x" * (MAX_BODY_BYTES - 2) + b'"'
    assert len(read([body])) == MAX_BODY_BYTES
    with pytest.raises(BodyTooLargeError):
        read([body, b" "])


def test_an_announced_length_is_refused_before_anything_is_read() -> None:
    with pytest.raises(BodyTooLargeError):
        read([], JSON, (b"content-length", str(MAX_BODY_BYTES + 1).encode()))


@pytest.mark.parametrize(
    "value", [b"text/csv", b"application/x-www-form-urlencoded", b"multipart/form-data; boundary=x", b""]
)
def test_other_media_types_are_refused(value: bytes) -> None:
    with pytest.raises(UnsupportedMediaTypeError):
        read([b"{}"], (b"content-type", value))


@pytest.mark.parametrize(
    "value", [b"application/json", b"Application/JSON; charset=utf-8", b"application/vnd.shop+json"]
)
def test_json_by_any_name_is_read(value: bytes) -> None:
    assert read([b"{}"], (b"content-type", value)) == b"{}"


def test_compressed_bodies_are_refused() -> None:
    with pytest.raises(UnsupportedMediaTypeError):
        read([b"{}"], JSON, (b"content-encoding", b"gzip"))


@pytest.mark.parametrize("body", [b"", b" \n", b'{"a":"\xff"}', b"\xed\xa0\x80", b'{"a":"\xc0\x80"}'])
def test_nothing_and_what_is_not_utf8_are_refused(body: bytes) -> None:
    with pytest.raises(BrokenBodyError):
        read([body])


def depth_of(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth_of, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(depth_of, value), default=0)
    return 0


json_values = st.recursive(
    st.text(alphabet='[]{}"\\a'),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(alphabet='[{"\\'), inner),
    max_leaves=8,
)


@given(json_values, st.integers(0, 40))
def test_nesting_is_measured_outside_of_strings(value: Any, levels: int) -> None:
    for _ in range(levels):
        value = [value, "[[{{"]
    body = json.dumps(value).encode()
    if depth_of(value) <= MAX_DEPTH:
        check_depth(body)
    else:
        with pytest.raises(BrokenBodyError):
            check_depth(body)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_in_our_words(body: bytes) -> None:
    with contextlib.suppress(RapportError):
        assert read([body]) == body


@pytest.mark.parametrize(
    "query", [b"k=1&k=2", b"kk=1", b"k=%FF", b"&".join(b"k=1" for _ in range(40)), b"k\x00=1", b"\xff=1"]
)
def test_queries_that_cannot_be_meant_are_refused(query: bytes) -> None:
    with pytest.raises(InvalidRequestError):
        parse_query(query, ("k",))


@given(st.binary(max_size=60))
def test_any_query_is_read_or_refused_in_our_words(query: bytes) -> None:
    with contextlib.suppress(InvalidRequestError):
        assert set(parse_query(query, ("k",))) <= {"k"}


@pytest.mark.parametrize(
    "text", ["", "-", "1.0", "1e3", "٣", " 4", "+4", "0", "-4", "101", "9" * 30, "nan", "\x00"]
)
def test_numbers_out_of_range_or_out_of_ascii_are_refused(text: str) -> None:
    with pytest.raises(InvalidRequestError):
        whole_number("k", text, 1, 100)


@pytest.mark.parametrize("text", ["1", "yes", "", "TRUE"])
def test_only_true_and_false_are_flags(text: str) -> None:
    with pytest.raises(InvalidRequestError):
        flag("atomic", text)


@pytest.mark.parametrize("text", ["", " a", "x" * 65, "a\x00b", "a\U0001f600"])
def test_labels_are_short_and_printable(text: str) -> None:
    with pytest.raises(InvalidRequestError):
        label("placement", text)


@pytest.mark.parametrize("text", ["", "x" * 257, "a\x00", "\U0001f600", " a"])
def test_ids_follow_the_rules_of_events(text: str) -> None:
    with pytest.raises(InvalidRequestError):
        customer_id_of(text)

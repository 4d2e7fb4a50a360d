import asyncio
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from recommender.errors import InvalidRequestError, LogUnavailableError
from recommender.storage.api_keys import KeyRecord
from serving.auth.keyring import MIN_SECONDS_BETWEEN_LOOKUPS, KeyRing, bearer_key
from serving.auth.keys import check_origin, matches, new_key, split_key
from serving.errors import UnauthenticatedError

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def test_a_key_is_stored_as_a_salted_digest_only() -> None:
    made = new_key("shop", ("server",), (), NOON)
    parts = split_key(made.text)
    assert parts is not None
    prefix, secret = parts
    assert made.record.prefix == prefix
    assert matches(made.record, secret)
    assert not matches(made.record, secret[:-1] + ("a" if secret[-1] != "a" else "b"))
    assert secret.encode() not in made.record.digest + made.record.salt
    assert len(made.record.digest) == 32
    assert made.record.signing_secret is None


def test_two_keys_never_meet_and_only_widget_keys_sign() -> None:
    first, second = (new_key("w", ("widget",), ("https://shop.example",), NOON) for _ in range(2))
    assert first.text != second.text
    assert first.record.signing_secret != second.record.signing_secret
    assert first.record.signing_secret is not None
    assert len(first.record.signing_secret) == 64


@pytest.mark.parametrize(
    ("name", "scopes", "origins"),
    [
        ("", ("server",), ()),
        ("x" * 101, ("server",), ()),
        ("shop", (), ()),
        ("shop", ("root",), ()),
        ("shop", ("widget",), ("https://shop.example/",)),
        ("shop", ("widget",), ("shop.example",)),
        ("shop", ("widget",), ("HTTPS://SHOP.example",)),
        ("shop", ("widget",), ("*",)),
    ],
)
def test_keys_that_make_no_sense_are_refused(
    name: str, scopes: tuple[str, ...], origins: tuple[str, ...]
) -> None:
    with pytest.raises(InvalidRequestError):
        new_key(name, scopes, origins, NOON)


@pytest.mark.parametrize("origin", ["https://shop.example", "http://localhost:3000", "http://[::1]:8080"])
def test_origins_are_taken_as_browsers_send_them(origin: str) -> None:
    assert check_origin(origin) == origin


@pytest.mark.parametrize(
    "text", ["", "rk_", "rk_short_x", "sk_abcd1234_" + "x" * 43, "rk_abcd1234_" + "x" * 42 + "é"]
)
def test_what_is_no_key_is_recognised_before_it_is_looked_up(text: str) -> None:
    assert split_key(text) is None


def test_a_key_may_be_sent_in_either_header_but_only_once() -> None:
    assert bearer_key([(b"authorization", b"bearer k")]) == "k"
    assert bearer_key([(b"authorization", b"Basic abc")]) is None
    with pytest.raises(UnauthenticatedError):
        bearer_key([(b"authorization", b"Bearer k"), (b"x-api-key", b"k")])


class Table:
    """The table of keys as a log keeps it, which may be out of reach."""

    def __init__(self, *records: KeyRecord) -> None:
        self.records = list(records)
        self.is_away = False
        self.reads = 0

    def read(self) -> list[KeyRecord]:
        self.reads += 1
        if self.is_away:
            raise LogUnavailableError("the log is away")
        return list(self.records)


def test_a_revoked_key_is_refused_after_a_refresh_even_when_it_was_verified_before() -> None:
    made = new_key("shop", ("server",), (), NOON)
    table = Table(made.record)
    ring = KeyRing(table.read)
    assert asyncio.run(ring.authenticate(made.text)).scopes == {"server"}
    table.records = [replace(made.record, revoked_at=NOON)]
    ring.refresh()
    with pytest.raises(UnauthenticatedError):
        asyncio.run(ring.authenticate(made.text))


def test_a_key_made_a_moment_ago_works_at_once() -> None:
    table = Table()
    ring = KeyRing(table.read)
    made = new_key("shop", ("server",), (), NOON)
    table.records.append(made.record)
    assert asyncio.run(ring.authenticate(made.text)).key_prefix == made.record.prefix


def test_a_slow_reading_does_not_put_back_what_a_later_one_replaced() -> None:
    made = new_key("shop", ("server",), (), NOON)
    table = Table()
    is_reading, may_go_on = threading.Event(), threading.Event()

    def read_slowly_at_first() -> list[KeyRecord]:
        records = table.read()
        if table.reads == 1:
            is_reading.set()
            assert may_go_on.wait(10)
        return records

    ring = KeyRing(read_slowly_at_first)
    slow = threading.Thread(target=ring.refresh)
    slow.start()
    assert is_reading.wait(10)
    table.records.append(made.record)
    later = threading.Thread(target=ring.refresh)
    later.start()
    later.join(0.2)
    may_go_on.set()
    slow.join()
    later.join()
    assert asyncio.run(ring.authenticate(made.text)).scopes == {"server"}
    assert table.reads == 2


def test_a_key_made_right_after_somebody_elses_was_refused_works_at_once() -> None:
    table = Table()
    ring = KeyRing(table.read)
    unknown, made = (new_key("shop", ("server",), (), NOON) for _ in range(2))

    async def ask_for_both() -> str:
        with pytest.raises(UnauthenticatedError):
            await ring.authenticate(unknown.text)
        table.records.append(made.record)
        return (await ring.authenticate(made.text)).key_prefix

    assert asyncio.run(ask_for_both()) == made.record.prefix


def test_guessing_prefixes_reads_the_table_at_most_twenty_times_a_second() -> None:
    table = Table()
    ring = KeyRing(table.read)
    guesses = [new_key("guess", ("server",), (), NOON).text for _ in range(200)]

    async def guess(text: str) -> None:
        with pytest.raises(UnauthenticatedError):
            await ring.authenticate(text)

    async def guess_all() -> None:
        for start in range(0, len(guesses), 50):
            await asyncio.gather(*(guess(text) for text in guesses[start : start + 50]))

    started = time.monotonic()
    asyncio.run(guess_all())
    assert table.reads <= 1 + (time.monotonic() - started) / MIN_SECONDS_BETWEEN_LOOKUPS


def test_keys_survive_a_log_that_is_away() -> None:
    made = new_key("shop", ("server",), (), NOON)
    table = Table(made.record)
    ring = KeyRing(table.read)
    ring.refresh()
    table.is_away = True
    ring.refresh()
    assert asyncio.run(ring.authenticate(made.text)).scopes == {"server"}


def test_the_right_prefix_with_another_secret_is_refused() -> None:
    made, other = (new_key("shop", ("server",), (), NOON) for _ in range(2))
    ring = KeyRing(Table(made.record).read)
    mixed = f"rk_{made.record.prefix}_{other.text.split('_', 2)[2]}"
    with pytest.raises(UnauthenticatedError):
        asyncio.run(ring.authenticate(mixed))

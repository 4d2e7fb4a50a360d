"""A log that somebody else holds: every request is answered in time, and what was refused is nowhere."""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from serving.settings import ServingSettings
from tests.serving.playbooks import with_playbook
from tests.serving.running_api import RunningApi, copied, eventually, settings_for
from tests.serving.shops import Json, offered, purchase

HOLD = {"kind": "hold_all", "author": "mira", "reason": "asked in the store"}
YES = {"channel": "email", "status": "subscribed", "source": "web"}


@pytest.fixture
def settings(trained_home: Path, tmp_path: Path) -> ServingSettings:
    return settings_for(copied(trained_home, tmp_path / "home"), request_timeout_seconds=0.5)


@pytest.fixture
def shop(settings: ServingSettings) -> Iterator[httpx.Client]:
    with RunningApi(settings) as api:
        client = api.client(api.make_key("server", "staff", "admin").text)
        eventually(lambda: client.get("/readyz").json()["state"]["ok"], what="the state store is trusted")
        yield client


@contextmanager
def held(settings: ServingSettings) -> Iterator[None]:
    """Hold the file of the log as a program does that copies it."""
    with closing(sqlite3.connect(settings.home / "log.sqlite", isolation_level=None, timeout=30)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def changes() -> list[tuple[str, str, Json]]:
    return [
        ("POST", "/v1/events", purchase("c01", "item-07", days_ago=0.001)),
        ("POST", "/v1/customers/c02/overrides", {**HOLD, "event_id": "hold-c02"}),
        ("POST", "/v1/customers/c03/consents", {**YES, "event_id": "yes-c03"}),
        ("PUT", "/v1/items", {"item_id": "item-07", "name": "Seven"}),
        ("PATCH", "/v1/items", {"item_id": "item-08", "name": "Eight"}),
    ]


def test_changes_are_refused_in_time_and_written_when_they_are_sent_again(
    settings: ServingSettings, shop: httpx.Client
) -> None:
    asked = changes()
    with held(settings), ThreadPoolExecutor(len(asked)) as callers:
        answers = list(callers.map(lambda one: shop.request(one[0], one[1], json=one[2]), asked))
    for answer in answers:
        assert answer.status_code == 503, answer.text
        assert int(answer.headers["retry-after"]) > 0
        assert answer.json()["type"] == "/problems/log-unavailable"
    # A consent that came to nothing, before anything else is written.
    assert shop.get("/v1/customers/c03/consents").json()["consents"] == []
    assert shop.get("/v1/customers/c02/overrides").json()["overrides"] == []
    again = [shop.request(method, path, json=body) for method, path, body in asked]
    assert [answer.status_code for answer in again] == [202, 201, 201, 200, 200], [one.text for one in again]
    assert again[0].json()["accepted"] == 1
    once_more = [shop.request(method, path, json=body) for method, path, body in asked[:3]]
    assert [answer.status_code for answer in once_more] == [202, 200, 200]
    assert once_more[0].json()["duplicates"] == 1


def test_those_who_wait_to_write_hold_up_nobody_who_reads(
    settings: ServingSettings, shop: httpx.Client
) -> None:
    writes = changes() * 8
    with held(settings), ThreadPoolExecutor(len(writes)) as callers:
        refused = [callers.submit(shop.request, one[0], one[1], json=one[2]) for one in writes]
        for number in range(1, 6):
            assert shop.get(f"/v1/customers/c0{number}").status_code == 200
            assert offered(shop.get(f"/v1/customers/c0{number}/actions").json())
            assert shop.get(f"/v1/customers/c0{number}/overrides").status_code == 200
        assert {one.result().status_code for one in refused} == {503}


def test_a_contact_is_not_reserved_in_a_log_that_is_held(trained_home: Path, tmp_path: Path) -> None:
    made = with_playbook(copied(trained_home, tmp_path / "home")).model_copy(
        update={"request_timeout_seconds": 0.5}
    )
    with RunningApi(made) as api:
        client = api.client(api.make_key("server").text)
        path = "/v1/customers/c04/actions?channel=email&request_id=r1"
        with held(made):
            answer = client.get(path)
        assert answer.status_code == 200
        assert (answer.json()["actions"], answer.json()["degraded"]) == ([], True)
        again = client.get(path).json()
        assert "degraded" not in again
        assert client.get(path).json()["decision_id"] == again["decision_id"]

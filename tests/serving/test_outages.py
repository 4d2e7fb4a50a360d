"""Parts die while requests are answered: no 5xx on reads, no wrong offer, recovery by itself."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from serving.settings import ServingSettings
from tests.servers import Postgres, start_postgres
from tests.serving.playbooks import with_playbook
from tests.serving.running_api import RunningApi, copied, eventually, settings_for
from tests.serving.shops import at, habits, offered, purchase
from tests.serving.trained import fill
from tests.valkey import Valkey


@pytest.fixture
def valkey() -> Iterator[Valkey]:
    server = Valkey()
    yield server
    server.close()


@pytest.fixture
def with_valkey(trained_home: Path, tmp_path: Path, valkey: Valkey) -> ServingSettings:
    return settings_for(copied(trained_home, tmp_path / "home"), redis_url=valkey.url)


def test_a_killed_state_store_costs_no_error_and_no_wrong_offer(
    with_valkey: ServingSettings, valkey: Valkey
) -> None:
    with RunningApi(with_valkey) as api:
        client = api.client(api.make_key("server").text)
        eventually(lambda: client.get("/readyz").json()["state"]["ok"], what="the state store is trusted")
        bought: set[str] = set()

        def buy_and_ask() -> bool:
            best = offered(client.get("/v1/customers/c01/actions?k=30").json())[0]
            posted = client.post("/v1/events", json=purchase("c01", best, days_ago=0.001))
            assert posted.status_code == 202, posted.text
            bought.add(best)
            answer = client.get("/v1/customers/c01/actions?k=30")
            assert answer.status_code == 200, answer.text
            assert not bought & set(offered(answer.json()))
            return bool(posted.json()["results"][0]["projected"])

        assert buy_and_ask()
        valkey.kill()
        assert not buy_and_ask()
        assert not buy_and_ask()
        ready = client.get("/readyz")
        assert ready.status_code == 200
        assert not ready.json()["state"]["ok"]
        valkey.start()
        eventually(
            lambda: client.get("/readyz").json()["state"]["ok"], what="the state store is trusted again"
        )
        assert buy_and_ask()
        valkey.command("FLUSHALL")
        assert buy_and_ask() or True
        eventually(lambda: client.get("/readyz").json()["state"]["ok"], what="the flush is noticed")
        assert buy_and_ask()


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    server = start_postgres()
    yield server
    server.stop()


def reserve(client: httpx.Client) -> str:
    """Ask for a reservation; return why there was none, empty if there was one."""
    answer = client.get("/v1/customers/c03/actions?request_id=r1&channel=email")
    assert answer.status_code == 200
    assert "127.0.0.1" not in answer.text
    slate = answer.json()
    assert bool(slate["actions"]) == ("reserved_until" in slate) == ("because" not in slate)
    assert slate.get("degraded", False) == ("because" in slate)
    return str(slate.get("because", ""))


def _check_refusal(refused: httpx.Response) -> None:
    assert int(refused.headers["retry-after"]) > 0
    assert refused.json()["type"] == "/problems/log-unavailable"
    assert "127.0.0.1" not in refused.text  # where the log is concerns the operator


def test_a_log_that_is_away_refuses_posts_and_reads_go_on(
    postgres: Postgres, trained_home: Path, tmp_path: Path
) -> None:
    home = copied(trained_home, tmp_path / "home")
    settings = settings_for(home, database_url=postgres.fresh_database())
    fill(settings, habits())
    with RunningApi(settings) as api:
        client = api.client(api.make_key("server").text)
        eventually(lambda: client.get("/readyz").json()["state"]["ok"], what="the state store is trusted")
        known = offered(client.get("/v1/customers/c01/actions?k=30").json())
        client.get("/v1/customers/c03/actions")
        postgres.kill()
        refused = client.post("/v1/events", json=purchase("c01", known[0], days_ago=0.001))
        assert refused.status_code == 503
        _check_refusal(refused)
        assert client.put("/v1/items", json={"item_id": "x"}).status_code == 503
        for path in ("/v1/items/item-00/related", "/livez", "/v1/model"):
            assert client.get(path).status_code == 200, path
        assert offered(client.get("/v1/customers/c03/actions").json())
        stranger = client.get("/v1/customers/never-seen/actions")
        assert stranger.status_code == 200
        assert (stranger.json()["actions"], stranger.json()["degraded"]) == ([], True)
        assert reserve(client).startswith("the event log cannot be")
        assert client.post("/v1/decisions", json={"cart": ["item-00"]}).json()["actions"]
        assert client.get("/v1/customers/c03").status_code == 503
        ready = client.get("/readyz")
        assert ready.status_code == 503
        assert not ready.json()["log"]["ok"]
        assert "127.0.0.1" not in ready.text
        postgres.restart()
        again = purchase("c01", known[0], days_ago=0.001)
        eventually(lambda: client.post("/v1/events", json=again).status_code == 202, what="the log is back")
        assert known[0] not in offered(client.get("/v1/customers/c01/actions?k=30").json())
        assert reserve(client) == ""


def test_who_has_a_complaint_is_answered_nothing_while_nobody_knows_what_goodwill_is_left(
    postgres: Postgres, trained_home: Path, tmp_path: Path
) -> None:
    settings = with_playbook(copied(trained_home, tmp_path / "home")).model_copy(
        update={"database_url": postgres.fresh_database()}
    )
    with RunningApi(settings) as api:
        client = api.client(api.make_key("server").text)
        eventually(lambda: client.get("/readyz").json()["state"]["ok"], what="the state store is trusted")
        complaint = {
            "type": "complaint_opened",
            "source": "desk",
            "event_id": "broken",
            "occurred_at": at(0.001),
            "customer_id": "c01",
            "complaint_id": "broken",
        }
        assert client.post("/v1/events", json=complaint).status_code == 202
        assert [one["action"] for one in client.get("/v1/customers/c01/actions").json()["actions"]] == [
            "sorry"
        ]
        postgres.kill()
        answer = client.get("/v1/customers/c01/actions")
        assert answer.status_code == 200, answer.text
        assert (answer.json()["actions"], answer.json()["degraded"]) == ([], True)
        postgres.restart()
        eventually(lambda: client.get("/v1/customers/c01/actions").json()["actions"], what="the log is back")

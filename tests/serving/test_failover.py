"""The primary of the state store dies while requests are answered, and sentinels promote its replica."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.replicated import Watched, watched
from tests.serving.running_api import RunningApi, copied, eventually, settings_for
from tests.serving.shops import offered, purchase


@pytest.fixture
def servers() -> Iterator[Watched]:
    with watched(sentinels=3) as made:
        yield made


def test_a_failover_costs_no_error_and_no_wrong_offer(
    trained_home: Path, tmp_path: Path, servers: Watched
) -> None:
    settings = settings_for(copied(trained_home, tmp_path / "home"), redis_url=servers.url)
    with RunningApi(settings) as api:
        client = api.client(api.make_key("server").text)

        def is_trusted() -> bool:
            return bool(client.get("/readyz").json()["state"]["ok"])

        eventually(is_trusted, what="the state store is trusted")
        bought: set[str] = set()

        def buy_and_ask(item_id: str) -> bool:
            posted = client.post("/v1/events", json=purchase("c01", item_id, days_ago=0.001))
            assert posted.status_code == 202, posted.text
            bought.add(item_id)
            answer = client.get("/v1/customers/c01/actions?k=30")
            assert answer.status_code == 200, answer.text
            assert not bought & set(offered(answer.json()))
            return bool(posted.json()["results"][0]["projected"])

        best = offered(client.get("/v1/customers/c01/actions?k=30").json())
        assert buy_and_ask(best[0])
        before = servers.primary_port()
        servers.primary.kill()
        assert not buy_and_ask(best[1])
        ready = client.get("/readyz")
        assert (ready.status_code, ready.json()["state"]["ok"]) == (200, False)

        def is_over() -> bool:
            buy_and_ask(best[2])
            return servers.primary_port() != before and is_trusted()

        eventually(is_over, what="the replica took over and is trusted")
        assert buy_and_ask(best[3])

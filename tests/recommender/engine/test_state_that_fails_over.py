"""A primary dies and its replica takes over, by sentinels or in a cluster: nothing acknowledged is ever forgotten."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from recommender.engine.engine import Engine
from recommender.engine.settings import Settings
from tests.recommender.engine.shops import buy, open_engine, owned, wait_until_trusted
from tests.replicated import SERVICE, Cluster, Watched, clustered, until, watched

TAG = "shop"


@pytest.fixture
def servers() -> Iterator[Watched]:
    with watched() as made:
        yield made


@pytest.fixture
def servers_of_three() -> Iterator[Watched]:
    with watched(sentinels=3) as made:
        yield made


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with clustered(TAG) as made:
        yield made


def buy_until(worker: Engine, other: Engine, is_over: object, prefix: str) -> set[str]:
    """Buy one thing after the other; after each both workers know all of them. Ends when both trust a server again."""
    bought: set[str] = set()
    started_doubting = False
    for number in range(10_000):
        thing = f"{prefix}-{number}"
        buy(worker, thing, thing)
        bought.add(thing)
        for one in (worker, other):
            assert bought <= owned(one)
        started_doubting |= not worker.state_is_trusted
        if started_doubting and callable(is_over) and is_over() and worker.state_is_trusted and number > 20:
            return bought
    raise TimeoutError("nothing was trusted again")


def test_a_primary_that_dies_is_replaced_and_nothing_is_forgotten(tmp_path: Path, servers: Watched) -> None:
    with ExitStack() as closing:
        worker, other = (closing.enter_context(open_engine(tmp_path / "home", servers.url)) for _ in range(2))
        wait_until_trusted(worker, other)
        assert buy(worker, "0", "mug")
        assert (owned(worker), owned(other)) == ({"mug"}, {"mug"})
        before = servers.primary.port
        servers.primary.kill()
        bought = buy_until(worker, other, lambda: servers.primary_port() != before, "thing")
        wait_until_trusted(worker, other)
        assert buy(worker, "last", "pot"), "it is projected to the new primary"
        assert owned(other) == {"mug", "pot", *bought}
        held = servers.replica.command("EXISTS", worker._parts.store.keys.customer("ann"))  # type: ignore[arg-type]
        assert held == 1


def test_a_primary_that_comes_back_with_old_data_is_not_believed(tmp_path: Path, servers: Watched) -> None:
    with open_engine(tmp_path / "home", servers.url) as engine:
        wait_until_trusted(engine)
        assert buy(engine, "0", "mug")
        before = servers.primary.port
        servers.primary.kill()
        until(lambda: servers.primary_port() != before, "another one is primary")
        wait_until_trusted(engine)
        assert buy(engine, "1", "cup")
        servers.primary.start()
        assert owned(engine) == {"mug", "cup"}
        wait_until_trusted(engine)
        assert owned(engine) == {"mug", "cup"}


def test_a_primary_that_is_moved_by_hand_is_followed_within_a_tend(tmp_path: Path, servers: Watched) -> None:
    with open_engine(tmp_path / "home", servers.url) as engine:
        wait_until_trusted(engine)
        assert buy(engine, "0", "mug")
        before = servers.primary.port
        servers.move_primary()
        until(lambda: servers.primary_port() != before, "another one is primary")
        buy(engine, "1", "cup")
        assert owned(engine) == {"mug", "cup"}
        wait_until_trusted(engine)
        assert buy(engine, "2", "pot")
        assert owned(engine) == {"mug", "cup", "pot"}
        keys = servers.replica.command("EXISTS", engine._parts.store.keys.customer("ann"))  # type: ignore[arg-type]
        assert keys == 1, "the new primary has it"


def test_sentinels_that_are_all_away_leave_the_answers_to_the_log(
    tmp_path: Path, servers_of_three: Watched
) -> None:
    servers = servers_of_three
    for one in servers.sentinels:
        one.kill()
    with open_engine(tmp_path / "home", servers.url) as engine:
        assert not buy(engine, "0", "mug")
        assert owned(engine) == {"mug"}
        assert not engine.tend()
        servers.sentinels[1].start()
        wait_until_trusted(engine)
        assert buy(engine, "1", "cup")
        assert owned(engine) == {"mug", "cup"}


def test_a_service_that_the_sentinels_do_not_know_leaves_the_answers_to_the_log(
    tmp_path: Path, servers: Watched
) -> None:
    with open_engine(tmp_path / "home", servers.url.replace(SERVICE, "another")) as engine:
        assert not buy(engine, "0", "mug")
        assert owned(engine) == {"mug"}


def test_a_cluster_keeps_all_states_on_the_primary_of_one_slot_and_follows_it(
    tmp_path: Path, cluster: Cluster
) -> None:
    settings = Settings.load(home=tmp_path / "home", redis_url=cluster.url, state_namespace=TAG)
    with Engine.open(settings) as worker, Engine.open(settings) as other:
        wait_until_trusted(worker, other)
        assert buy(worker, "0", "mug")
        assert (owned(worker), owned(other)) == ({"mug"}, {"mug"})
        assert cluster.owner.command("EXISTS", f"{{{TAG}}}:c:ann") == 1
        assert worker.rebuild() == 1
        cluster.owner.kill()
        bought = buy_until(
            worker,
            other,
            lambda: cluster.replica.command("INFO", "replication")["role"] == "master",
            "thing",
        )
        wait_until_trusted(worker, other)
        assert buy(worker, "last", "pot")
        assert owned(other) == {"mug", "pot", *bought}
        assert cluster.replica.command("EXISTS", f"{{{TAG}}}:c:ann") == 1


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("sentinel://a:26379/mymaster", "redis\\+sentinel://host:26379"),
        ("redis+sentinel://a:26379", "redis\\+sentinel://host:26379,host:26379/mymaster/0"),
        ("redis+sentinel://a:26379/mymaster/zero", "redis\\+sentinel://host:26379,host:26379/mymaster/0"),
        ("redis+sentinel://a:port/mymaster", "redis\\+sentinel://host:26379,host:26379/mymaster/0"),
        ("redis+sentinel://,/mymaster", "redis\\+sentinel://host:26379,host:26379/mymaster/0"),
        ("http+sentinel://a/mymaster", "redis\\+sentinel://host:26379,host:26379/mymaster/0"),
        ("redis+cluster://a:6379/1", "a cluster has database 0 only"),
        ("redis+cluster://", "redis\\+cluster://host:6379,host:6379"),
    ],
)
def test_urls_that_cannot_be_read_are_answered_with_one_that_can(url: str, expected: str) -> None:
    with pytest.raises(Exception, match=f"RAPPORT_REDIS_URL cannot be used: expected .*{expected}"):
        Settings.load(redis_url=url)

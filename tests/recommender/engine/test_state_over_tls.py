"""``rediss://``: states go through TLS, and to nobody who cannot prove to be the server that was meant."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from redis.asyncio import ConnectionPool

from recommender.storage.state_link import Link
from tests.recommender.engine.shops import buy, open_engine, owned, wait_until_trusted
from tests.tls import TlsFront, certificate_for
from tests.valkey import Valkey


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    return certificate_for("127.0.0.1", tmp_path / "ours.pem")


@pytest.fixture
def another(tmp_path: Path) -> Path:
    return certificate_for("127.0.0.1", tmp_path / "another.pem")


@pytest.fixture
def front(valkey: Valkey, ours: Path) -> Iterator[TlsFront]:
    with TlsFront(valkey, ours) as opened:
        yield opened


async def run_id(url: str) -> bytes:
    """Connect as readers of states do, and return which server answers."""
    link = await Link.open(ConnectionPool.from_url(url), 10.0)
    await link.close()
    return link.run_id


def test_two_workers_share_states_through_tls(
    tmp_path: Path, valkey: Valkey, front: TlsFront, ours: Path
) -> None:
    with ExitStack() as closing:
        first, second = (
            closing.enter_context(open_engine(tmp_path / "home", front.url(ours))) for _ in range(2)
        )
        wait_until_trusted(first, second)
        assert buy(first, "1", "mug")
        before = front.connections
        assert (owned(first), owned(second)) == ({"mug"}, {"mug"})
        assert front.connections > before, "readers have connections of their own"
        assert second.state_is_trusted
        assert valkey.command("EXISTS", first._parts.store.keys.customer("ann"))  # type: ignore[arg-type]


def test_readers_reach_the_server_that_was_meant(valkey: Valkey, front: TlsFront, ours: Path) -> None:
    assert asyncio.run(run_id(front.url(ours))) == asyncio.run(run_id(valkey.url))


def test_a_server_that_nobody_vouches_for_is_not_believed(
    tmp_path: Path, front: TlsFront, another: Path
) -> None:
    with open_engine(tmp_path / "home", front.url(another)) as engine:
        assert not buy(engine, "1", "mug")
        assert owned(engine) == {"mug"}, "the log answers"
        assert not engine.tend()
    with pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED"):
        asyncio.run(run_id(front.url(another)))


def test_a_certificate_of_another_server_is_not_believed(tmp_path: Path, valkey: Valkey) -> None:
    elsewhere = certificate_for("127.0.0.2", tmp_path / "elsewhere.pem")
    with TlsFront(valkey, elsewhere) as front:
        with open_engine(tmp_path / "home", front.url(elsewhere)) as engine:
            assert not engine.tend()
        with pytest.raises(OSError, match="IP address mismatch"):
            asyncio.run(run_id(front.url(elsewhere)))

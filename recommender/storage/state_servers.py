"""Which server has the states now: always the one of the URL, or the primary that sentinels or a cluster name.

Whoever is primary is asked for once a second (:meth:`StateServers.follow`) and for every new writing connection. A reader
takes what was found last, so that a read costs no more than with one server: a promoted replica has another run id, and
is not believed before it was brought up to date.
"""

from collections.abc import Sequence
from typing import Any, Final, Protocol

from redis import Redis
from redis.asyncio import Connection, ConnectionPool, SSLConnection
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.crc import key_slot
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.retry import Retry
from redis.sentinel import (
    Sentinel,
    SentinelConnectionPool,
    SentinelManagedConnection,
    SentinelManagedSSLConnection,
)

from recommender.storage.state_urls import Address, FollowedUrl, followed_url, is_followed

_WRITE_TIMEOUT_SECONDS: Final = 1.0


class StateServers(Protocol):
    """The servers behind one URL.

    Attributes
    ----------
    client
        For writing; safe for threads.
    """

    client: Any

    def reading(self) -> ConnectionPool:
        """Return how readers connect now; raises redis-py's ConnectionError while nobody is known."""
        ...

    def follow(self) -> bool:
        """Ask who has the states now, and say whether that is somebody else than before."""
        ...

    def close(self) -> None:
        """Close the writing connections."""
        ...


def servers_at(url: str, namespace: str, timeout_seconds: float) -> StateServers:
    """Return the servers that a URL names; nothing is connected yet."""
    if is_followed(url):
        return _Followed(followed_url(url), namespace, timeout_seconds)
    return _OneServer(url, timeout_seconds)


class _OneServer:
    def __init__(self, url: str, timeout_seconds: float) -> None:
        self.client: Any = Redis.from_url(url, **_patience(timeout_seconds))
        self._reading = ConnectionPool.from_url(
            url, socket_connect_timeout=timeout_seconds, retry=AsyncRetry(NoBackoff(), 0), protocol=2
        )

    def reading(self) -> ConnectionPool:
        return self._reading

    def follow(self) -> bool:
        return False

    def close(self) -> None:
        self.client.close()


class _Followed:
    """The primary that somebody names; redis-py's pool for sentinels asks whom it is given."""

    def __init__(self, url: FollowedUrl, namespace: str, timeout_seconds: float) -> None:
        self._url = url
        patience = _patience(timeout_seconds)
        self._guide: Sentinel | _ClusterGuide = (
            _sentinels(url, patience) if url.kind == "sentinel" else _ClusterGuide(url, patience)
        )
        self._pool: Any = SentinelConnectionPool(  # type: ignore[no-untyped-call]
            url.service or namespace,
            self._guide,
            connection_class=SentinelManagedSSLConnection if url.is_tls else SentinelManagedConnection,
            **patience,
            **url.settings,
        )
        self.client: Any = Redis(connection_pool=self._pool)

    def reading(self) -> ConnectionPool:
        address: Address | None = self._pool.master_address
        if address is None:
            raise RedisConnectionError("nobody has said yet which server is the primary")
        host, port = address
        kind = SSLConnection if self._url.is_tls else Connection
        return ConnectionPool(connection_class=kind, host=host, port=port, protocol=2, **self._url.settings)

    def follow(self) -> bool:
        before = self._pool.master_address
        return bool(self._pool.get_master_address() != before)

    def close(self) -> None:
        self.client.close()
        self._pool.disconnect()
        self._guide.close()


def _sentinels(url: FollowedUrl, patience: dict[str, Any]) -> Sentinel:
    tls = {"ssl": True} if url.is_tls else {}
    options = {**patience, **tls, **url.asked_settings}
    return Sentinel(list(url.asked), sentinel_kwargs=options)  # type: ignore[no-untyped-call]


class _ClusterGuide:
    """Asks the nodes of a cluster who has our keys: they share one hash tag, and so one primary."""

    def __init__(self, url: FollowedUrl, patience: dict[str, Any]) -> None:
        self._settings = {**patience, **({"ssl": True} if url.is_tls else {}), **url.asked_settings}
        self._clients = {address: self._client(address) for address in url.asked}

    def discover_master(self, tag: str) -> Address:
        """Return the primary of the slot of a hash tag; raises redis-py's ConnectionError when nobody says."""
        slot, errors = key_slot(tag.encode()), list[str]()
        for address, client in list(self._clients.items()):
            try:
                ranges = client.execute_command("CLUSTER SLOTS")
            except (RedisError, OSError) as error:
                errors.append(f"{address[0]}:{address[1]}: {error}")
                continue
            for first, last, *nodes in ranges:
                if first <= slot <= last:
                    return self._known(address, nodes)
            errors.append(f"{address[0]}:{address[1]}: nobody has slot {slot}")
        raise RedisConnectionError(f"no node of the cluster says who has slot {slot} ({'; '.join(errors)})")

    def close(self) -> None:
        """Close the connections to all nodes."""
        for client in self._clients.values():
            client.close()

    def _known(self, asked: Address, nodes: Sequence[Any]) -> Address:
        """Return the primary, and remember everybody who was named: whom the URL names may be gone one day."""
        named = [((host or b"").decode() or asked[0], int(port)) for host, port, *_ in nodes]
        for address in named:
            if address not in self._clients:
                self._clients[address] = self._client(address)
        return named[0]

    def _client(self, address: Address) -> Any:
        return Redis(host=address[0], port=address[1], **self._settings)


def _patience(timeout_seconds: float) -> dict[str, Any]:
    return {
        "socket_timeout": max(timeout_seconds, _WRITE_TIMEOUT_SECONDS),
        "socket_connect_timeout": timeout_seconds,
        "retry": Retry(NoBackoff(), 0),
        "protocol": 2,
    }

"""What ``RAPPORT_REDIS_URL`` may say: one server, or several of which one is the primary now.

======================================================  ====================================================
``redis://``, ``rediss://``, ``unix://``                one server
``redis+sentinel://host:26379,host:26379/mymaster/0``   the primary that these sentinels name for a service
``redis+cluster://host:6379,host:6379``                 the primary of a cluster that has our keys
======================================================  ====================================================

``rediss+sentinel://`` and ``rediss+cluster://`` speak TLS with everybody. User, password and the options of ``rediss://`` are
those of the data servers; ``sentinel_username`` and ``sentinel_password`` those of the sentinels.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias, cast
from urllib.parse import SplitResult, parse_qsl, unquote, urlencode, urlsplit

from redis.connection import parse_url

Address: TypeAlias = tuple[str, int]

ONE_SERVER: Final = ("redis://", "rediss://", "unix://")
_PORTS: Final = {"sentinel": 26379, "cluster": 6379}
_SHAPES: Final = {
    "sentinel": "redis+sentinel://host:26379,host:26379/mymaster/0",
    "cluster": "redis+cluster://host:6379,host:6379",
}


@dataclass(frozen=True, slots=True)
class FollowedUrl:
    """Several servers of which one is the primary.

    Attributes
    ----------
    asked
        Sentinels, or nodes of a cluster: who is asked which one that is.
    service
        The name that the sentinels have for it; empty for a cluster.
    settings
        What a connection to the primary needs beside its address, as redis-py calls it.
    asked_settings
        The same for those who are asked.
    """

    kind: Literal["sentinel", "cluster"]
    asked: tuple[Address, ...]
    service: str
    is_tls: bool
    settings: Mapping[str, Any]
    asked_settings: Mapping[str, Any]


def is_followed(url: str) -> bool:
    """Whether a URL names several servers.

    Examples
    --------
    >>> is_followed("redis+sentinel://a:26379/mymaster"), is_followed("redis://a:6379/0")
    (True, False)
    """
    return url.partition("://")[0].partition("+")[2] in _PORTS


def namespace_at(url: str, namespace: str) -> str:
    """Return the prefix of all keys; in a cluster a hash tag, so that one node has all of them.

    Examples
    --------
    >>> namespace_at("redis://a", "shop"), namespace_at("redis+cluster://a", "shop")
    ('shop', '{shop}')
    """
    is_cluster = is_followed(url) and followed_url(url).kind == "cluster"
    return f"{{{namespace}}}" if is_cluster else namespace


def check_state_url(url: str) -> None:
    """Return if a URL can be understood; raises ValueError with what was expected otherwise."""
    if is_followed(url):
        followed_url(url)
    elif not url.startswith(ONE_SERVER):
        raise ValueError(
            "expected redis://host:port/0, rediss://host:port/0, unix:///path, " + ", ".join(_SHAPES.values())
        )


def followed_url(url: str) -> FollowedUrl:
    """Read a URL that names several servers; raises ValueError with what was expected.

    Examples
    --------
    >>> read = followed_url("redis+sentinel://:pw@a,b:5000/mymaster/2?sentinel_password=no")
    >>> read.asked, read.service, dict(read.settings), dict(read.asked_settings)
    ((('a', 26379), ('b', 5000)), 'mymaster', {'password': 'pw', 'db': 2}, {'password': 'no'})
    >>> followed_url("redis+cluster://a:7000,[::1]:7001").asked
    (('a', 7000), ('::1', 7001))
    """
    parts = urlsplit(url)
    scheme, _, word = parts.scheme.partition("+")
    kind = cast("Literal['sentinel', 'cluster']", word)
    if scheme not in ("redis", "rediss"):
        raise _unreadable(kind)
    user, _, hosts = parts.netloc.rpartition("@")
    asked = tuple(_address(one, kind) for one in hosts.split(","))
    service, database = _path(parts.path, kind)
    settings, asked_settings = _settings(parts, scheme, user, database)
    if kind == "cluster":
        asked_settings = settings
    return FollowedUrl(kind, asked, service, scheme == "rediss", settings, asked_settings)


def _address(text: str, kind: str) -> Address:
    host, colon, port = text.rpartition(":")
    if not colon or text.endswith("]"):
        host, port = text, str(_PORTS[kind])
    host = host.strip().removeprefix("[").removesuffix("]")
    if not host or not port.isdecimal() or not 0 < int(port) < 65_536:
        raise _unreadable(kind)
    return host, int(port)


def _path(path: str, kind: str) -> tuple[str, str]:
    """Return the service, and the number of the database."""
    words = [unquote(word) for word in path.strip("/").split("/") if word]
    if kind == "cluster":
        if words not in ([], ["0"]):
            raise ValueError(f"expected {_SHAPES[kind]}: a cluster has database 0 only")
        return "", ""
    service, database = (*words, "", "")[:2]
    if not service or len(words) > 2 or not (database.isdecimal() or not database):
        raise _unreadable(kind)
    return service, database


def _settings(
    parts: SplitResult, scheme: str, user: str, database: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what redis-py makes of user, database and options, for the servers and for the sentinels."""
    options = parse_qsl(parts.query)
    own = [(name, value) for name, value in options if not name.startswith("sentinel_")]
    one_server = f"{scheme}://{user}{'@' if user else ''}host/{database}?{urlencode(own)}"
    settings: dict[str, Any] = dict(parse_url(one_server))  # type: ignore[no-untyped-call]
    for name in ("host", "port", "connection_class"):
        settings.pop(name, None)
    names = {"sentinel_username": "username", "sentinel_password": "password"}
    theirs = {names[name]: value for name, value in options if name in names}
    return settings, theirs | {name: settings[name] for name in settings if name.startswith("ssl_")}


def _unreadable(kind: str) -> ValueError:
    return ValueError(f"expected {_SHAPES[kind]}, with rediss for TLS")

"""API keys: ``rk_<prefix>_<secret>``.

The prefix names the key in lists, logs and the table; the secret carries about 256 bits and is stored only as a
salted BLAKE2b digest. A slow password hash would add nothing: nobody guesses 256 random bits, and every request
pays for it. The *signing secret* of a widget key is different: it verifies the shop's customer tokens, so it must
be kept as it is. Whoever reads the log's database can forge customer tokens; protect it like a password file.
"""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime

from recommender.errors import InvalidRequestError
from recommender.storage.api_keys import KeyRecord

SCOPES = ("widget", "server", "staff", "admin")

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_PREFIX_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
_KEY = re.compile(r"rk_([0-9a-z]{8})_([0-9A-Za-z]{43})", re.ASCII)
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?|https?://\[[0-9a-f:.]+\](:\d{1,5})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made: the text is shown once, the record is stored."""

    text: str
    record: KeyRecord


def digest_of(secret: str, salt: bytes) -> bytes:
    """Return the 32-byte digest under which a secret is stored.

    Examples
    --------
    >>> len(digest_of("a", b"salt")), digest_of("a", b"salt") == digest_of("a", b"tlas")
    (32, False)
    """
    return hashlib.blake2b(secret.encode(), digest_size=32, salt=salt[:16], person=b"rapport-key").digest()


def split_key(text: str) -> tuple[str, str] | None:
    """Split a key into prefix and secret; ``None`` when it does not look like one.

    Examples
    --------
    >>> split_key("rk_abcd1234_" + "x" * 43) == ("abcd1234", "x" * 43), split_key("Bearer x")
    (True, None)
    """
    match = _KEY.fullmatch(text)
    return (match[1], match[2]) if match else None


def matches(record: KeyRecord, secret: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(digest_of(secret, record.salt), record.digest)


def new_key(name: str, scopes: tuple[str, ...], origins: tuple[str, ...], now: datetime) -> NewKey:
    """Make a key from the system's randomness.

    Parameters
    ----------
    name
        What the operator calls it.
    scopes
        One or more of ``widget``, ``server``, ``staff``, ``admin``.
    origins
        Web origins from which a browser may use it, such as ``https://shop.example``.
    now
        When it is created.

    Raises
    ------
    InvalidRequestError
        Unknown scopes, origins with a path, an empty name.
    """
    checked = _checked_scopes(scopes)
    prefix = "".join(secrets.choice(_PREFIX_ALPHABET) for _ in range(8))
    secret = "".join(secrets.choice(_ALPHABET) for _ in range(43))
    salt = secrets.token_bytes(16)
    record = KeyRecord(
        prefix=prefix,
        digest=digest_of(secret, salt),
        salt=salt,
        scopes=checked,
        name=_checked_name(name),
        origins=tuple(check_origin(origin) for origin in origins),
        created_at=now,
        revoked_at=None,
        signing_secret=secrets.token_hex(32).encode() if "widget" in checked else None,
    )
    return NewKey(f"rk_{prefix}_{secret}", record)


def _checked_name(name: str) -> str:
    if 0 < len(name.strip()) <= 100 and name.isprintable():
        return name.strip()
    raise InvalidRequestError(
        "a key needs a name",
        expected="1 to 100 printable characters",
        found=repr(name[:40]),
        remedy="use --name shop",
    )


def _checked_scopes(scopes: tuple[str, ...]) -> tuple[str, ...]:
    unknown = sorted(set(scopes) - set(SCOPES))
    if scopes and not unknown:
        return tuple(scope for scope in SCOPES if scope in scopes)
    raise InvalidRequestError(
        "unknown scope" if unknown else "a key needs a scope",
        expected="one of " + ", ".join(SCOPES),
        found=", ".join(unknown)[:80],
        remedy="use --scope server for a shop's backend, --scope widget for a browser",
    )


def check_origin(origin: str) -> str:
    """Accept a web origin as browsers send it: scheme, host in lower case, port unless it is the default.

    Raises
    ------
    InvalidRequestError
        Anything else, including a trailing slash or a path.

    Examples
    --------
    >>> check_origin("https://shop.example")
    'https://shop.example'
    """
    if _ORIGIN.fullmatch(origin):
        return origin
    raise InvalidRequestError(
        "not a web origin",
        expected="scheme and host in lower case, such as https://shop.example",
        found=origin[:80],
        remedy="leave out the path and the trailing slash",
    )

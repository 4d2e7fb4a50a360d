"""One-click unsubscribing (RFC 8058): a signed link that speaks for one customer, channel and topic, and for nothing else.

The link is an HS256 JWT, signed with a key that only this log can make; it holds as long as the log does, for mails lie in
mailboxes for years. It can do one thing: say ``unsubscribed``.
"""

from dataclasses import dataclass
from email.parser import BytesParser
from typing import Final
from urllib.parse import parse_qs

import jwt

from recommender.errors import InvalidRequestError, NotFoundError
from recommender.types import CustomerId

PATH: Final = "/v1/unsubscribe/{token}"
PURPOSE: Final = "one-click unsubscribe"
AUDIENCE: Final = "rapport-unsubscribe"
FIELD: Final = "List-Unsubscribe"
ONE_CLICK: Final = "One-Click"
MAX_BODY_BYTES: Final = 10_000
_ALGORITHM: Final = "HS256"
_MOST_CHARACTERS: Final = 16_384


@dataclass(frozen=True, slots=True)
class Leaving:
    """Who leaves what; without a topic the whole channel."""

    customer_id: CustomerId
    channel: str
    topic: str | None


def link_of(leaving: Leaving, key: bytes) -> str:
    """Return the path of the link, to be put behind the public address of the API.

    Examples
    --------
    >>> path = link_of(Leaving(CustomerId("ada"), "email", "offers"), b"k" * 32)
    >>> path.startswith("/v1/unsubscribe/"), leaving_of(path.rsplit("/", 1)[1], b"k" * 32).topic
    (True, 'offers')
    """
    topic = {} if leaving.topic is None else {"topic": leaving.topic}
    claims = {"aud": AUDIENCE, "sub": leaving.customer_id, "channel": leaving.channel, **topic}
    return PATH.replace("{token}", jwt.encode(claims, key, algorithm=_ALGORITHM))


def leaving_of(token: str, key: bytes) -> Leaving:
    """Return whom and what a link is about.

    Raises
    ------
    NotFoundError
        It was not signed here, or is not whole: the answer does not say which.
    """
    claims = _claims(token[:_MOST_CHARACTERS], key)
    if claims is None:
        raise NotFoundError(
            "there is no such link",
            expected="a link as it was in the mail",
            remedy="open it again from the mail, or write to the shop",
        )
    topic = claims.get("topic")
    return Leaving(
        CustomerId(str(claims["sub"])), str(claims["channel"]), None if topic is None else str(topic)
    )


def _claims(token: str, key: bytes) -> dict[str, object] | None:
    options = {"require": ["aud", "sub", "channel"]}
    try:
        claims: dict[str, object] = jwt.decode(
            token, key, algorithms=[_ALGORITHM], audience=AUDIENCE, options=options
        )
    except (jwt.PyJWTError, ValueError):
        return None
    return claims


def check_one_click(content_type: str, body: bytes) -> None:
    """Refuse what is not the post of a mail program, or of the page behind the link.

    Parameters
    ----------
    content_type
        ``multipart/form-data`` or ``application/x-www-form-urlencoded``, as RFC 8058 has it.

    Raises
    ------
    InvalidRequestError
        The body does not say ``List-Unsubscribe=One-Click``.

    Examples
    --------
    >>> check_one_click("application/x-www-form-urlencoded", b"List-Unsubscribe=One-Click")
    """
    is_multipart = content_type.lower().startswith("multipart/form-data")
    said = _of_parts(content_type, body) if is_multipart else _of_form(body)
    if said != ONE_CLICK:
        raise InvalidRequestError(
            "the body does not unsubscribe",
            expected=f"{FIELD}={ONE_CLICK}",
            found="nothing" if said is None else said[:80],
            remedy="post a form with this field (RFC 8058)",
        )


def _of_form(body: bytes) -> str | None:
    try:
        fields = parse_qs(body.decode("ascii").strip(), max_num_fields=16)
    except ValueError:
        return None
    return fields.get(FIELD, [None])[0]


def _of_parts(content_type: str, body: bytes) -> str | None:
    header = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1", "replace")
    for part in BytesParser().parsebytes(header + body).walk():
        if part.get_param("name", header="content-disposition") == FIELD:
            return str(part.get_payload()).strip()
    return None

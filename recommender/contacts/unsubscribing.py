"""Links to unsubscribe (RFC 8058): signed, each speaks for one customer, channel and topic, and for nothing else.

A link is an HS256 JWT, signed with a key that only this log can make; it holds as long as the log does, for mails lie in
mailboxes for years. It can do one thing: say ``unsubscribed``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

import jwt

from recommender.errors import NotFoundError
from recommender.playbook.model import Playbook
from recommender.types import CustomerId

PATH: Final = "/v1/unsubscribe/{token}"
PURPOSE: Final = "one-click unsubscribe"
"""Of the key of the log that signs."""

AUDIENCE: Final = "rapport-unsubscribe"
_ALGORITHM: Final = "HS256"
_MOST_CHARACTERS: Final = 16_384


@dataclass(frozen=True, slots=True)
class Leaving:
    """Who leaves what; without a topic the whole channel."""

    customer_id: CustomerId
    channel: str
    topic: str | None


@dataclass(frozen=True, slots=True)
class WaysOut:
    """The links in what goes out on one channel.

    Attributes
    ----------
    public_url
        Where the world reaches the API, without a slash at its end.
    key
        Signs.
    channel
        Where it goes out.
    topics
        Of actions, by their id; None: an action has none.
    """

    public_url: str
    key: bytes
    channel: str
    topics: Mapping[str, str | None]

    @classmethod
    def of(cls, public_url: str | None, key: bytes, playbook: Playbook, channel: str | None) -> Self | None:
        """Return those of a channel that the playbook declares as outbound; None for others, and without an address."""
        declared = None if channel is None else playbook.channels.get(channel)
        if public_url is None or declared is None or declared.direction != "outbound":
            return None
        topics = {action.id: action.topic for action in playbook.actions}
        return cls(public_url, key, declared.name, topics)

    def url(self, customer_id: CustomerId, action_id: str) -> str:
        """Return the link for one action: out of its topic, or of the channel where it has none or nobody knows it."""
        leaving = Leaving(customer_id, self.channel, self.topics.get(action_id))
        return self.public_url + link_of(leaving, self.key)


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

"""One request as a route sees it: who calls, which path parameters, the query, the body."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from starlette.types import Receive, Scope

from recommender.types import CustomerId
from serving.auth.access import check_own
from serving.auth.caller import Caller
from serving.auth.customer_token import HEADER
from serving.body import read_body, read_form
from serving.parameters import parse_query

if TYPE_CHECKING:
    from serving.services import Services


@dataclass(slots=True)
class RequestContext:
    """What the edge and the route tell each other about one request."""

    request_id: str
    route: str = "unmatched"
    key_prefix: str = ""
    cors_origin: str | None = None
    facts: dict[str, object] = field(default_factory=dict)


@dataclass(slots=True)
class Call:
    """A request that was matched and authenticated."""

    services: "Services"
    scope: Scope
    receive: Receive
    context: RequestContext
    caller: Caller
    path: Mapping[str, str]
    deadline: asyncio.Timeout | None = None

    def query(self, *allowed: str) -> dict[str, str]:
        """Return the query parameters; refuses duplicates and names that the path does not know."""
        return parse_query(self.scope["query_string"], allowed)

    def header(self, name: bytes) -> str | None:
        """Return the first header of this (lower case) name."""
        for key, value in self.scope["headers"]:
            if key == name:
                return str(value.decode("latin-1"))
        return None

    async def body(self) -> bytes:
        """Read the whole body, within the limits."""
        with self._at_their_pace():
            return await read_body(self.scope["headers"], self.receive)

    async def form(self, most_bytes: int) -> tuple[str, bytes]:
        """Read a form: its content type, and the whole body, within the limit."""
        with self._at_their_pace():
            return await read_form(self.scope["headers"], self.receive, most_bytes)

    @contextmanager
    def _at_their_pace(self) -> Iterator[None]:
        """Count our time only: from when a body is there."""
        if self.deadline is None:
            yield
            return
        self.deadline.reschedule(None)
        yield
        seconds = self.services.settings.request_timeout_seconds
        self.deadline.reschedule(asyncio.get_running_loop().time() + seconds)

    def check_own(self, customer_id: CustomerId | None) -> None:
        """Hold a widget key to the customer of its token."""
        if self.caller.is_widget_only:
            check_own(self.caller, customer_id, self.token_customer())

    def token_customer(self) -> CustomerId | None:
        """Return the customer that the shop's token names, if one was sent."""
        token = self.header(HEADER)
        if token is None:
            return None
        return self.services.tokens.customer_of(self.caller, token, self.services.clock())

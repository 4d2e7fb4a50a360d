"""Routes that match the path as it was sent, so that an id may contain an encoded slash.

A :class:`Resource` is one path with its methods. It authenticates, calls the endpoint, and turns every error into
its problem, so that endpoints hold only their own subject.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from starlette.requests import ClientDisconnect
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from recommender.engine.patience import too_late
from recommender.errors import InvalidRequestError
from serving.answers import Answer
from serving.auth.access import Operation, check_scope
from serving.auth.caller import Caller
from serving.auth.keyring import bearer_key
from serving.call import Call, RequestContext
from serving.errors import ForbiddenError, MethodNotAllowedError
from serving.problems import answer_error
from serving.services import Services

Endpoint = Callable[[Call], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Handler:
    """What one method of a path does, and which rule guards it (``None``: open to everyone).

    Without a deadline it sees to it itself that it answers in time.
    """

    endpoint: Endpoint
    operation: Operation | None
    has_deadline: bool = True


class Resource(BaseRoute):
    """One path template such as ``/v1/items/{id}/related`` with a handler per method.

    Parameters
    ----------
    template
        Segments in braces take one encoded segment each.
    handlers
        By method; ``GET`` also answers ``HEAD``.
    services
        What the endpoints work with.
    """

    def __init__(self, template: str, handlers: Mapping[str, Handler], services: Services) -> None:
        self.path = template
        self.name = template
        self.methods = tuple(handlers)
        self._handlers = dict(handlers) | ({"HEAD": handlers["GET"]} if "GET" in handlers else {})
        self._services = services
        self._segments: Sequence[bytes | None] = tuple(
            None if part.startswith("{") else part.encode() for part in template.split("/")
        )
        self._names = tuple(part.strip("{}") for part in template.split("/") if part.startswith("{"))

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Compare segment by segment; the ids stay encoded until the path is known to be ours."""
        ids = self.ids_in(raw_segments(scope)) if scope["type"] == "http" else None
        return (Match.NONE, {}) if ids is None else (Match.FULL, {"rapport_ids": ids})

    def ids_in(self, parts: Sequence[bytes]) -> Sequence[bytes] | None:
        """Return the encoded ids in the segments of a path; ``None`` when it is another path."""
        if len(parts) != len(self._segments):
            return None
        ids = []
        for part, segment in zip(parts, self._segments, strict=True):
            if segment is None:
                ids.append(part)
            elif part != segment:
                return None
        return ids

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request, or its problem."""
        context: RequestContext = scope["rapport"]
        context.route = self.path
        try:
            answer = await self._answer(scope, receive, context)
        except ClientDisconnect:  # nobody is there to be answered, and nothing is wrong on our side
            return
        except Exception as error:  # noqa: BLE001 - the edge of the house: everything becomes a problem here
            self._services.telemetry.error_happened(error, context)
            answer = answer_error(error, instance=self.path, request_id=context.request_id)
        await answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, context: RequestContext) -> Answer:
        handler = self._handlers.get(scope["method"])
        if handler is None:
            raise MethodNotAllowedError(scope["method"][:20], self.methods)
        caller = await self._authenticated(scope, context, handler.operation)
        call = Call(self._services, scope, receive, context, caller, self._decoded(scope["rapport_ids"]))
        return await (_in_time(handler.endpoint, call) if handler.has_deadline else handler.endpoint(call))

    async def _authenticated(
        self, scope: Scope, context: RequestContext, operation: Operation | None
    ) -> Caller:
        services = self._services
        if operation is None or services.everyone is not None:
            return services.everyone or _NOBODY
        text = bearer_key(scope["headers"])
        caller = services.keys.known(text) or await services.keys.authenticate(text)
        context.key_prefix = caller.key_prefix
        _check_origin(caller, context)
        check_scope(caller, operation)
        return caller

    def _decoded(self, ids: Sequence[bytes]) -> dict[str, str]:
        return {name: _decoded_segment(part) for name, part in zip(self._names, ids, strict=True)}


_NOBODY = Caller("", frozenset())


async def _in_time(endpoint: Endpoint, call: Call) -> Answer:
    """Answer before the deadline of the request; what was not begun by then is not done."""
    seconds = call.services.settings.request_timeout_seconds
    try:
        async with asyncio.timeout(seconds) as call.deadline:
            return await endpoint(call)
    except TimeoutError:
        raise too_late(seconds) from None


def raw_segments(scope: Scope) -> list[bytes]:
    """Split the path as it came over the wire, without the prefix of a proxy."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    root: str = scope.get("root_path", "")
    return raw.removeprefix(root.encode()).split(b"?", 1)[0].split(b"/")


_STRAY_PERCENT = re.compile(rb"%(?![0-9A-Fa-f]{2})")


def _decoded_segment(part: bytes) -> str:
    try:
        if b"%" not in part:
            return part.decode("utf-8")
        if _STRAY_PERCENT.search(part) is None:
            return unquote_to_bytes(part).decode("utf-8")
    except UnicodeDecodeError:
        pass
    raise InvalidRequestError(
        "the id in the path cannot be read",
        expected="percent-encoded UTF-8",
        found=part.decode("latin-1")[:80],
        remedy="encode the id with encodeURIComponent",
    )


def _check_origin(caller: Caller, context: RequestContext) -> None:
    """A browser may use a key only from the origins it was made for."""
    if context.cors_origin is not None and caller.origins and context.cors_origin not in caller.origins:
        raise ForbiddenError(
            "this key may not be used from this web origin",
            expected="one of " + ", ".join(sorted(caller.origins)),
            found=context.cors_origin[:80],
            remedy="make a key with 'rapport keys create --origin'",
        )

"""The outermost layer: request id, preflights, CORS headers, timing, and the last net under every error.

A plain ASGI callable: it wraps ``send`` once and adds about two microseconds.
"""

import os
import re
import time
from itertools import count

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.auth.cors import cors_headers, is_preflight, preflight_answer
from serving.call import RequestContext
from serving.problems import answer_error
from serving.services import Services

CLIENT_GONE = 499
"""Counted and logged when the client left before it was answered, as nginx does."""

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}", re.ASCII)
_WORKER = os.urandom(5).hex()
_NUMBERS = count(1)


class Edge:
    """Wraps the application.

    Parameters
    ----------
    app
        What answers.
    services
        Keys for CORS, telemetry for timing.
    """

    def __init__(self, app: ASGIApp, services: Services) -> None:
        self._app = app
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        context = _context_of(scope)
        scope["rapport"] = context
        await self._observed(scope, receive, send, context)

    async def _observed(self, scope: Scope, receive: Receive, send: Send, context: RequestContext) -> None:
        started = time.perf_counter()
        status = 0

        async def send_marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *self._extra_headers(context)]
            await send(message)

        try:
            await self._guarded(scope, receive, send_marked, context)
        except Exception as error:
            self._services.telemetry.error_happened(error, context)
            if status:
                raise
            answer = answer_error(error, instance="", request_id=context.request_id)
            await answer(scope, receive, send_marked)
        finally:
            self._services.telemetry.request_ended(
                scope["method"], context, status or CLIENT_GONE, time.perf_counter() - started
            )

    async def _guarded(self, scope: Scope, receive: Receive, send: Send, context: RequestContext) -> None:
        if context.cors_origin is not None and is_preflight(scope):
            context.route = "preflight"
            await preflight_answer(self._services, context)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _extra_headers(self, context: RequestContext) -> list[tuple[bytes, bytes]]:
        headers = [(b"x-request-id", context.request_id.encode())]
        if context.cors_origin is not None:
            headers += cors_headers(self._services, context.cors_origin)
        return headers


def _context_of(scope: Scope) -> RequestContext:
    """Take over the caller's request id when it is harmless; give one otherwise."""
    request_id, origin = "", None
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _REQUEST_ID.fullmatch(value):
            request_id = value.decode()
        elif name == b"origin":
            origin = value.decode("latin-1")
    return RequestContext(request_id or f"{_WORKER}-{next(_NUMBERS):x}", cors_origin=origin)

"""``create_app(settings)``: the API as one ASGI application.

FastAPI carries the application; the routes are plain Starlette routes of our own (:mod:`serving.routing`) and the
OpenAPI document is built from the same table as they are (:mod:`serving.openapi`), so the two cannot drift apart.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.types import Receive, Scope, Send

from recommender.engine.clock import clock_starting_at
from recommender.storage.clock import utc_now
from serving.edge import Edge
from serving.errors import PathNotFoundError
from serving.openapi.document import openapi_document
from serving.problems import answer_error
from serving.routing import Resource, raw_segments
from serving.services import Services
from serving.settings import ServingSettings
from serving.table import PATHS
from serving.version import VERSION

_NO_TRACES: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False}
"""FastAPI's own traces hold whole paths, and so customer ids; :mod:`serving.telemetry` counts by template."""


class Application(FastAPI):
    """FastAPI with a short way: the edge answers our own paths itself, everything else goes through FastAPI's layers.

    Those layers catch errors, hold what dependencies opened and trace; the edge and the resources do the first and need
    none of the others. An application that was given another middleware or a root path takes the long way for all.
    """

    def __init__(self, services: Services, **settings: Any) -> None:
        super().__init__(**settings)
        self.resources = tuple(Resource(path.template, path.handlers(), services) for path in PATHS)
        self.add_middleware(Edge, services=services)
        self._edge = Edge(_answer_resource, services)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or run the lifespan."""
        if scope["type"] == "http" and self._may_be_short() and self._finds_resource(scope):
            await self._edge(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

    def _may_be_short(self) -> bool:
        return not self.root_path and len(self.user_middleware) == 1

    def _finds_resource(self, scope: Scope) -> bool:
        parts = raw_segments(scope)
        for resource in self.resources:
            ids = resource.ids_in(parts)
            if ids is not None:
                scope["rapport_resource"], scope["rapport_ids"] = resource, ids
                return True
        return False


async def _answer_resource(scope: Scope, receive: Receive, send: Send) -> None:
    resource: Resource = scope["rapport_resource"]
    await resource.handle(scope, receive, send)


def create_app(settings: ServingSettings, *, clock: Callable[[], datetime] = utc_now) -> FastAPI:
    """Return the application; nothing is opened before it is started.

    Parameters
    ----------
    settings
        Which home, log, state store and registry; whether keys count.
    clock
        Says what time it is, aware UTC.

    Examples
    --------
    >>> from pathlib import Path
    >>> app = create_app(ServingSettings(home=Path("/nowhere")))
    >>> app.openapi()["openapi"]
    '3.1.0'
    """
    services = Services(settings, clock)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await services.open()
        try:
            yield
        finally:
            await services.close()

    app = Application(
        services,
        title="Rapport",
        version=VERSION,
        lifespan=lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        telemetry=_NO_TRACES,
    )
    app.router.redirect_slashes = False
    app.router.default = _no_such_path
    app.router.routes.extend(app.resources)
    app.openapi = openapi_document  # type: ignore[method-assign]
    return app


def create_app_from_environment() -> FastAPI:
    """Return the application that the ``RAPPORT_`` variables describe; what each worker of ``rapport serve`` calls."""
    settings = ServingSettings.load()
    return create_app(settings, clock=clock_starting_at(settings.clock_starts_at))


async def _no_such_path(scope: Scope, receive: Receive, send: Send) -> None:
    error = PathNotFoundError("there is no such path", expected="a path of the API", remedy="see /docs")
    await answer_error(error, instance="", request_id=scope["rapport"].request_id)(scope, receive, send)

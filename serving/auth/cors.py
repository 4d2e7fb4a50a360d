"""Cross-origin answers, per key.

A preflight carries no key, so it is allowed for the origins of every live key; the request that follows is held to
the origins of its own key (:mod:`serving.routing`). Answers, also problems, are readable for known origins only.
"""

from typing import TYPE_CHECKING

from starlette.types import Scope

from serving.answers import Answer
from serving.errors import ForbiddenError
from serving.problems import answer_error

if TYPE_CHECKING:
    from serving.call import RequestContext
    from serving.services import Services

_ALLOWED = (
    (b"access-control-allow-methods", b"GET, POST, PUT, PATCH, DELETE"),
    (
        b"access-control-allow-headers",
        b"authorization, content-type, idempotency-key, x-api-key, x-rapport-customer-token, x-request-id",
    ),
    (b"access-control-max-age", b"600"),
)


def is_preflight(scope: Scope) -> bool:
    """Say whether a browser only asks if it may ask."""
    return scope["method"] == "OPTIONS" and any(
        name == b"access-control-request-method" for name, _ in scope["headers"]
    )


def preflight_answer(services: "Services", context: "RequestContext") -> Answer:
    """Answer a preflight: nothing but headers for a known origin, a problem for others."""
    origin = context.cors_origin or ""
    if services.everyone is not None or services.keys.knows_origin(origin):
        return Answer(b"", 204, _ALLOWED)
    error = ForbiddenError(
        "no key may be used from this web origin",
        expected="an origin of a live key",
        found=origin[:80],
        remedy="make a key with 'rapport keys create --origin'",
    )
    return answer_error(error, instance="", request_id=context.request_id)


def cors_headers(services: "Services", origin: str) -> list[tuple[bytes, bytes]]:
    """Return the headers that let a browser read the answer, for origins that we know."""
    vary = (b"vary", b"Origin")
    if services.everyone is None and not services.keys.knows_origin(origin):
        return [vary]
    return [
        (b"access-control-allow-origin", origin.encode("latin-1")),
        (b"access-control-expose-headers", b"x-request-id, retry-after"),
        vary,
    ]

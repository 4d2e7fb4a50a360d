"""The API's own documentation: ``/docs``, ``/openapi.json`` and ``/problems/{slug}``; nothing is fetched from outside."""

import functools
from importlib.resources import files

import msgspec

from recommender.errors import NotFoundError
from serving.answers import HTML, Answer, json_answer
from serving.call import Call
from serving.openapi.document import openapi_document
from serving.problems import KINDS, ProblemKind


async def get_root(call: Call) -> Answer:
    """Send people to the documentation."""
    call.query()
    return Answer(b"", 307, ((b"location", b"/docs"),))


async def get_docs(call: Call) -> Answer:
    """Answer with the documentation page; it draws ``/openapi.json`` and can send requests."""
    call.query()
    return Answer(_page(), 200, (*HTML, (b"content-security-policy", _POLICY)))


_POLICY = (
    b"default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self'; "
    b"img-src data:; frame-ancestors 'none'"
)


@functools.cache
def _page() -> bytes:
    return files("serving.openapi").joinpath("docs.html").read_bytes()


async def get_openapi(call: Call) -> Answer:
    """Answer with the OpenAPI document."""
    call.query()
    return Answer(_document())


@functools.cache
def _document() -> bytes:
    return msgspec.json.encode(openapi_document())


async def get_problem(call: Call) -> Answer:
    """Explain one type of problem."""
    call.query()
    slug = call.path["id"]
    for kind in KINDS.values():
        if kind.slug == slug:
            return json_answer(_explained(kind))
    known = ", ".join(sorted(kind.slug for kind in KINDS.values()))
    raise NotFoundError(
        "there is no such problem type", expected=f"one of {known}", found=slug[:80], remedy="see /docs"
    )


def _explained(kind: ProblemKind) -> dict[str, object]:
    return {"type": f"/problems/{kind.slug}", "title": kind.title, "status": kind.status}

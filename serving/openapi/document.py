"""The whole OpenAPI document."""

from typing import Any

from serving.auth.access import ALLOWED, Operation
from serving.openapi.describing import Documentation, Reply
from serving.openapi.operations import DOCUMENTATION
from serving.openapi.problem_examples import PROBLEMS
from serving.openapi.schemas import Schema, component_schemas, ref
from serving.problems import KINDS
from serving.version import VERSION

_DESCRIPTION = """Rapport decides, for one customer at one moment, the next thing worth saying.

Send an API key with every request (`rapport keys create`). A `widget` key is public: it gets a customer's own answers
only with a customer token that your server signed, see the security schemes below. Errors are RFC 9457 problem
documents that say what was expected, what was found and what to do."""

_SECURITY_SCHEMES: Schema = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "An API key, `rk_<prefix>_<secret>`."},
    "apiKey": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Api-Key",
        "description": "The same key in its own header.",
    },
    "customerToken": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Rapport-Customer-Token",
        "description": "With a widget key: an HS256 JWT signed by your server with the key's signing secret. "
        "`sub` = customer id, `aud` = `rapport`, `iat` = now, `exp` at most 15 minutes after `iat`.",
    },
}

_TAGS = (
    ("Decisions", "What to say next, and why."),
    ("Events", "What happened."),
    ("Catalogue", "What can be offered."),
    ("Customers", "What we know of one customer."),
    ("Operations", "For the operator."),
)


def openapi_document() -> dict[str, Any]:
    """Return the OpenAPI 3.1 document (``Any``: JSON).

    Examples
    --------
    >>> sorted(openapi_document()["paths"]["/v1/items"])
    ['patch', 'put']
    """
    paths: dict[str, Schema] = {}
    operations = _operations()
    for (verb, template), documented in DOCUMENTATION.items():
        operation = operations[verb, template]
        paths.setdefault(template, {})[verb.lower()] = _operation(documented, operation, verb, template)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Rapport", "version": VERSION, "description": _DESCRIPTION},
        "tags": [{"name": name, "description": text} for name, text in _TAGS],
        "paths": paths,
        "components": {"schemas": component_schemas(), "securitySchemes": _SECURITY_SCHEMES},
    }


def _operations() -> dict[tuple[str, str], Operation | None]:
    from serving.table import PATHS  # the table's routes serve this document

    return {(method.verb, path.template): method.operation for path in PATHS for method in path.methods}


def _operation(documented: Documentation, operation: Operation | None, verb: str, template: str) -> Schema:
    problems = sorted({*documented.problems, *((401, 403) if operation else ()), 422, 500})
    described: Schema = {
        "tags": [documented.tag],
        "summary": documented.summary,
        "description": "\n\n".join(filter(None, [documented.description, _scopes_text(operation)])),
        "operationId": f"{verb.lower()}{template.replace('/', '_').replace('{', '').replace('}', '').replace('-', '_')}",
        "parameters": list(documented.parameters),
        "responses": {
            **{str(status): _reply(reply) for status, reply in documented.replies.items()},
            **{str(status): _problem(status) for status in problems if status not in documented.replies},
        },
        "security": _security(operation),
    }
    if documented.body is not None:
        content = {
            "schema": ref(documented.body),
            "examples": {name: {"value": value} for name, value in documented.body_examples.items()},
        }
        described["requestBody"] = {"required": True, "content": {"application/json": content}}
    if documented.form is not None:
        form = {"schema": documented.form, "example": {"List-Unsubscribe": "One-Click"}}
        described["requestBody"] = {
            "required": True,
            "content": {"application/x-www-form-urlencoded": form},
        }
    return described


def _scopes_text(operation: Operation | None) -> str:
    if operation is None:
        return "No key needed."
    text = "Scopes: " + ", ".join(sorted(ALLOWED[operation])) + "."
    if operation in (Operation.READ_ACTIONS, Operation.DECIDE, Operation.POST_EVENTS):
        text += " A widget key speaks for a customer only with that customer's token."
    if operation is Operation.POST_EVENTS:
        text += " It may send views, carts, impressions and responses only."
    return text


def _security(operation: Operation | None) -> list[Schema]:
    if operation is None:
        return []
    schemes: list[Schema] = [{"bearer": []}, {"apiKey": []}]
    if "widget" in ALLOWED[operation]:
        schemes.append({"bearer": [], "customerToken": []})
    return schemes


def _reply(reply: Reply) -> Schema:
    content: Schema = {"schema": ref(reply.schema) if reply.schema else {"type": "string"}}
    if reply.example is not None:
        content["example"] = reply.example
    return {"description": reply.description, "content": {reply.media_type: content}}


_RICHER_PROBLEMS = {404: "UnknownItems", 409: "RefusedEvents", 410: "RefusedEvents", 422: "RefusedEvents"}


def _problem(status: int) -> Schema:
    title = next(kind.title for kind in KINDS.values() if kind.status == status)
    richer = _RICHER_PROBLEMS.get(status)
    schema = ref("Problem") if richer is None else {"anyOf": [ref(richer), ref("Problem")]}
    content = {"schema": schema, "example": PROBLEMS[status]}
    return {"description": title + ".", "content": {"application/problem+json": content}}

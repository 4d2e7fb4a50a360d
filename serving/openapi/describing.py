"""How an operation is documented: what it takes and answers, and the parameters that several share."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from recommender.value_rules import LONGEST_ID
from serving.openapi.examples import Example
from serving.openapi.schemas import Schema
from serving.parameters import LONGEST_LABEL


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer that is no problem."""

    description: str
    schema: str | None = None
    example: Example = None
    media_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Documentation:
    """One operation."""

    tag: str
    summary: str
    replies: Mapping[int, Reply]
    description: str = ""
    parameters: tuple[Schema, ...] = ()
    body: str | None = None
    body_examples: Mapping[str, Example] = field(default_factory=dict)
    problems: tuple[int, ...] = ()
    form: Schema | None = None


def path_id(what: str, example: str) -> Schema:
    """Return the parameter of an id in the path."""
    return {
        "name": "id",
        "in": "path",
        "required": True,
        "description": f"The {what}, percent-encoded; a slash in it as %2F.",
        "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_ID},
        "example": example,
    }


def query(name: str, description: str, schema: Schema) -> Schema:
    """Return a parameter of the query."""
    return {"name": name, "in": "query", "description": description, "schema": schema}


def k(what: str) -> Schema:
    """Return how many are asked for."""
    return query(
        "k", f"How many {what} at most.", {"type": "integer", "minimum": 1, "maximum": 100, "default": 10}
    )


LABEL: Schema = {"type": "string", "minLength": 1, "maxLength": LONGEST_LABEL}
ANY_ID: Schema = {"type": "string", "minLength": 1, "maxLength": LONGEST_ID}
CUSTOMER = path_id("customer id", "C-42")
CHANNEL = query(
    "channel",
    "On which channel. A playbook says which are outbound: consent, caps and quiet hours bind those, and a channel that it "
    "does not declare is refused.",
    LABEL,
)
ITEM = path_id("item id", "85123A")
TOKEN: Schema = {
    "name": "token",
    "in": "path",
    "required": True,
    "description": "As it was in the mail.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 16384},
}
IDEMPOTENCY_KEY: Schema = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "The same as `event_id` in the body.",
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_ID},
}
BODY_PROBLEMS = (400, 413, 415, 422)

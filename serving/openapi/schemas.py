"""JSON Schemas of everything that crosses the wire, generated from the structs that encode and decode it."""

import inspect
from typing import Any

import msgspec

from recommender.catalog import CatalogItem, OwnershipRule
from recommender.events.codec import EVENT_TYPES
from recommender.events.vocabulary import AnyEvent
from recommender.value_rules import LONGEST_ID
from serving import consent_wire, erasing_wire, find_wire, override_wire, receipt_wire, wire
from serving.problems import Problem

_SENT = ("OrderLine", "SaidToo", "CatalogItem", "OverrideBody")
"""Shapes with amounts that callers send, beside the events."""

_RENAMED = {"Response": "ResponseEvent"}
"""Names that clients made from the document have for something else: every generator calls an HTTP answer a Response."""

REF = "#/components/schemas/{name}"

_SHAPES = (
    wire.Slate,
    wire.DecisionBody,
    wire.EventsAnswer,
    wire.RefusedEvents,
    wire.RelatedAnswer,
    wire.ItemsAnswer,
    wire.UnknownItems,
    wire.ItemAnswer,
    wire.CustomerAnswer,
    erasing_wire.ErasedAnswer,
    find_wire.FoundAnswer,
    consent_wire.ConsentBody,
    consent_wire.ConsentsAnswer,
    consent_wire.UnsubscribedAnswer,
    receipt_wire.ReceiptAnswer,
    receipt_wire.WhyNotAnswer,
    override_wire.OverrideBody,
    override_wire.OverridesAnswer,
    wire.PlaybookAnswer,
    wire.OwnershipAnswer,
    wire.ModelAnswer,
    wire.ReadinessAnswer,
    wire.LivenessAnswer,
    Problem,
    CatalogItem,
    OwnershipRule,
)

Schema = dict[str, Any]
"""A JSON Schema (``Any``: its values are of every JSON type)."""


def ref(name: str) -> Schema:
    """Return a reference to a named schema.

    Examples
    --------
    >>> ref("Slate")
    {'$ref': '#/components/schemas/Slate'}
    """
    return {"$ref": REF.format(name=name)}


def component_schemas() -> dict[str, Schema]:
    """Return every named schema; ``Event`` is the union of all event types."""
    _, named = msgspec.json.schema_components((AnyEvent, *_SHAPES), ref_template=REF)
    schemas: dict[str, Schema] = dict(named)
    for shape in schemas.values():  # an indented line would be shown as code, and Python 3.13 indents none
        if "description" in shape:
            shape["description"] = inspect.cleandoc(shape["description"])
    _take_numbers(schemas)
    for old, new in _RENAMED.items():
        schemas[new] = schemas.pop(old) | {"title": new}
    schemas["Event"] = _event_union()
    schemas["Events"] = _one_or_many("Event", "events", 500)
    schemas["ItemPatch"] = _patch_of(schemas["CatalogItem"], schemas["Ownership"])
    schemas["ItemPatches"] = _one_or_many("ItemPatch", "items", 1000)
    schemas["Items"] = _one_or_many("CatalogItem", "items", 1000)
    schemas["OwnershipRules"] = {"type": "array", "items": ref("OwnershipRule")}
    schemas["HistoryEvent"]["properties"]["event"] = ref("Event")
    _bound_ids(schemas)
    _name_times(schemas)
    return schemas


def _take_numbers(schemas: dict[str, Schema]) -> None:
    """Say that amounts may be sent as numbers too; answers have them as texts, with all their digits."""
    for name in (*_SENT, *(kind.__name__ for kind in EVENT_TYPES.values())):
        for field in schemas[name].get("properties", {}).values():
            choices = field.get("anyOf", [])
            if any(one.get("format") == "decimal" for one in choices):
                field["anyOf"] = [*choices, {"type": "number"}]


def _event_union() -> Schema:
    return {
        "title": "Event",
        "description": "One thing that happened. Its identity is (source, event_id); its fields depend on its type.",
        "oneOf": [ref(_name_of(kind)) for kind in EVENT_TYPES.values()],
        "discriminator": {
            "propertyName": "type",
            "mapping": {tag: REF.format(name=_name_of(kind)) for tag, kind in EVENT_TYPES.items()},
        },
    }


def _name_of(kind: type[msgspec.Struct]) -> str:
    return _RENAMED.get(kind.__name__, kind.__name__)


def _one_or_many(name: str, field: str, most: int) -> Schema:
    many = {"type": "array", "items": ref(name), "minItems": 1, "maxItems": most}
    wrapped = {
        "type": "object",
        "properties": {field: many},
        "required": [field],
        "additionalProperties": False,
    }
    return {
        "anyOf": [ref(name), many, wrapped],
        "description": f"One, or 1 to {most} as an array or below {field!r}.",
    }


def _patch_of(item: Schema, ownership: Schema) -> Schema:
    """Return the schema of a merge patch: any field of an item beside its id, or ``null`` to remove it."""
    fields = {name: _without_default(field) for name, field in item["properties"].items()}
    fields["attributes"] = {"type": "object", "additionalProperties": _or_null({"type": "string"})}
    fields["ownership"] = {
        "type": "object",
        "properties": {
            name: _or_null(_without_default(field)) for name, field in ownership["properties"].items()
        },
        "additionalProperties": False,
    }
    changes = {name: _or_null(field) for name, field in fields.items() if name != "item_id"}
    return {
        "title": "ItemPatch",
        "description": "What changes of an item (RFC 7386): what is left out stays, `null` removes.",
        "type": "object",
        "properties": {"item_id": fields["item_id"], **changes},
        "required": ["item_id"],
        "additionalProperties": False,
    }


def _without_default(field: Schema) -> Schema:
    return {key: value for key, value in field.items() if key != "default"}


def _or_null(field: Schema) -> Schema:
    return {"anyOf": [*field.get("anyOf", [field]), {"type": "null"}]}


_ID_FIELDS = frozenset(
    {"source", "event_id", "customer_id", "item_id", "order_id", "decision_id", "other_id"}
)


def _bound_ids(schemas: dict[str, Schema]) -> None:
    """Say in the document what the structs cannot: how long ids may be."""
    for schema in schemas.values():
        for name, field in schema.get("properties", {}).items():
            if name in _ID_FIELDS:
                for option in field.get("anyOf", [field]):
                    if option.get("type") == "string":
                        option |= {"minLength": 1, "maxLength": LONGEST_ID}


_TIME_FIELDS = frozenset({"active_from", "active_until", "reserved_until"})


def _name_times(schemas: dict[str, Schema]) -> None:
    """Say which texts are times (RFC 3339): generated clients then take and give moments instead of texts."""
    for schema in schemas.values():
        for name, field in schema.get("properties", {}).items():
            if name.endswith("_at") or name in _TIME_FIELDS:
                for option in field.get("anyOf", [field]):
                    if option.get("type") == "string":
                        option.setdefault("format", "date-time")

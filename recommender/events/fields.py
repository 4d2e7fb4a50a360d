"""What each field of an event must satisfy, found out once per type from its name and annotation."""

import functools
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, TypeAlias, get_args, get_origin

import msgspec

from recommender.events.limits import (
    check_aware,
    check_currency,
    check_id,
    check_label,
    check_money,
    check_quantity,
    check_rank,
    check_rating,
    check_score,
    check_text,
    check_texts,
)

Check: TypeAlias = Callable[[str, Any], object]
"""Raises for a value that does not fit; the first argument is the field's path. Values of any type arrive here."""

LABELS: Final = frozenset(
    {"channel", "placement", "topic", "kind", "name", "action", "time_zone", "language"}
)
"""Short words a marketer picks: one line, up to 256 characters."""

IDS: Final = frozenset({"source", "serial", "replaces_serial", "service_code", "author", "consent_channel"})
"""Fields that identify something although their name does not end in ``_id``."""

BY_NAME: Final[dict[str, Check]] = {
    "quantity": check_quantity,
    "rank": check_rank,
    "rating": check_rating,
    "score": check_score,
    "currency": check_currency,
    "attributes": check_texts,
}


def _check_for(field: msgspec.structs.FieldInfo) -> Check | None:
    kinds = {field.type, *get_args(field.type)}
    if field.name in BY_NAME:
        return BY_NAME[field.name]
    if Decimal in kinds:
        return check_money
    if datetime in kinds:
        return check_aware
    if str not in kinds or get_origin(field.type) is tuple:
        return None
    if field.name.endswith("_id") or field.name in IDS:
        return check_id
    return check_label if field.name in LABELS else check_text


@functools.cache
def checks_of(kind: type[msgspec.Struct]) -> tuple[tuple[str, Check], ...]:
    """Return (field, check) for every field of a struct that can be wrong although its type fits."""
    found = ((field.name, _check_for(field)) for field in msgspec.structs.fields(kind))
    return tuple((name, check) for name, check in found if check is not None)

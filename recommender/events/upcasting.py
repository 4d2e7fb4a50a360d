"""Bringing events of older forms up to date.

The log never rewrites what it holds. When a type changes its form, its ``schema_version`` rises by one, and a
function from the raw form before to the raw form after is added to :data:`UPCASTERS`. Reading runs the chain.

An event without ``schema_version`` is of version 1, for ever: that is what the first release wrote, and what a
client that never heard of versions sends. The default in the vocabulary therefore stays 1; code that builds events
of a type that has changed sets the version.
"""

from collections.abc import Callable, Mapping
from typing import TypeAlias

import msgspec

from recommender.errors import InvalidEventError

RawEvent: TypeAlias = dict[str, object]
"""An event as JSON says it: names to plain values."""

Upcaster: TypeAlias = Callable[[RawEvent], RawEvent]
"""From the raw form of one version to the raw form of the next; returns a new dict, ``schema_version`` aside."""

Upcasters: TypeAlias = Mapping[str, tuple[Upcaster, ...]]
"""Per type, the steps 1 to 2, 2 to 3, ... in that order. A type without an entry is at version 1."""

UPCASTERS: Upcasters = {}
"""The steps of this release: no type has changed yet."""


def type_name(kind: type[msgspec.Struct]) -> str:
    """Return the ``type`` of an event class, as it is written.

    Examples
    --------
    >>> from recommender.events.vocabulary import OrderCancelled
    >>> type_name(OrderCancelled)
    'order_cancelled'
    """
    return str(kind.__struct_config__.tag)


def current_version(kind: type[msgspec.Struct] | str, upcasters: Upcasters = UPCASTERS) -> int:
    """Return the version of a type that is written now: one more than its steps."""
    name = kind if isinstance(kind, str) else type_name(kind)
    return len(upcasters.get(name, ())) + 1


def stated_version(raw: RawEvent) -> int:
    """Return the version a raw event says it has; 1 when it says nothing.

    Raises
    ------
    InvalidEventError
        It is no whole number from 1.
    """
    version = raw.get("schema_version", 1)
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise InvalidEventError(
            "schema_version is no version",
            expected="a whole number from 1",
            found=ascii(version)[:60],
            remedy="leave it out, or send the version your events are written in",
        )
    return version


def upcast(raw: RawEvent, upcasters: Upcasters = UPCASTERS) -> RawEvent:
    """Return the raw event in the form that is written now.

    Raises
    ------
    InvalidEventError
        The event says it is of a version that this release does not know yet.

    Examples
    --------
    >>> steps = {"view": (lambda raw: {**raw, "item_id": raw["sku"]},)}
    >>> upcast({"type": "view", "sku": "mug"}, steps)["schema_version"]
    2
    """
    kind = str(raw.get("type"))
    stated, current = stated_version(raw), current_version(kind, upcasters)
    if stated > current:
        raise InvalidEventError(
            f"schema_version of {kind} is newer than this release",
            expected=f"at most {current}",
            found=str(stated),
            remedy="upgrade Rapport, or send the event in the older form",
        )
    for step in upcasters.get(kind, ())[stated - 1 :]:
        raw = step(raw)
    return raw if stated == current else {**raw, "schema_version": current}

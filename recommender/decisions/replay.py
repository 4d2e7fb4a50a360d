"""Deciding again what a receipt says, and saying in words where the two differ."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from recommender.actions.repertoire import Repertoire
from recommender.candidates.assortment import Assortment
from recommender.customers import CustomerState
from recommender.decisions.circumstances import Circumstances
from recommender.decisions.deciding import decide
from recommender.decisions.decision import Decision
from recommender.decisions.receipts import Receipt, body_of, decode_receipt
from recommender.models.fitted import FittedModels

MOST_DIFFERENCES: Final = 50

_MICROSECONDS: Final = 1_000_000


def replay(
    receipt: Receipt,
    state: CustomerState,
    models: FittedModels,
    assortment: Assortment,
    repertoire: Repertoire | None = None,
    circumstances: Circumstances | None = None,
) -> Decision:
    """Decide again from what a receipt names.

    Parameters
    ----------
    receipt
        As it was stored.
    state
        The customer as of the receipt's version and time.
    models, assortment, repertoire
        Those of the receipt's versions; no repertoire where it was decided without a playbook.
    circumstances
        As they were, the engine's version apart: the one that replays is recorded.

    Returns
    -------
    Decision
        On the same engine and machine ``encode_body`` of it equals that of the receipt.
    """
    old = receipt.decision
    return decide(
        state,
        receipt.request,
        models,
        assortment,
        now_s=old.decided_at_us // _MICROSECONDS,
        decision_id=old.decision_id,
        repertoire=None if old.trace is None else repertoire,
        circumstances=circumstances,
    )


def difference(old: bytes, new: bytes) -> list[str]:
    """Say where two stored receipts differ; timings are no part of it.

    Parameters
    ----------
    old, new
        As :func:`recommender.decisions.receipts.encode_receipt` writes them; format 1 may be compared with format 2.

    Returns
    -------
    list[str]
        One line per difference, at most 50; empty when a replay repeated the decision exactly.

    Raises
    ------
    ReceiptFormatError
        The bytes of one are damaged or of a newer format.
    """
    if body_of(old) == body_of(new):
        return []
    before, after = _told(decode_receipt(old)), _told(decode_receipt(new))
    found = list(_differences("", before, after))
    if not found:
        return ["the bytes differ, what they say does not"]
    more = len(found) - MOST_DIFFERENCES
    return found[:MOST_DIFFERENCES] + ([f"and {more} more"] if more > 0 else [])


def _told(receipt: Receipt) -> dict[str, Any]:  # plain values, whose shape msgspec knows
    told: dict[str, Any] = msgspec.to_builtins(
        {
            "request": receipt.request,
            "decision": msgspec.structs.replace(receipt.decision, trace=None),
            "candidates": _candidates(receipt.decision),
        }
    )
    return told


def _candidates(decision: Decision) -> dict[str, Any]:
    """Return what was weighed, by what it was about."""
    trace = decision.trace
    if trace is None:
        return {}
    ranked = trace.ranked
    numbers = ranked.numbers().tolist()
    may_be_said = ranked.offers + ranked.repeats
    return {
        "actions": {
            f"{one.action_id} {one.item or ''} {one.subject}".strip(): _named(one) for one in trace.weighed
        },
        "about products": {one.action_id: _named(one) for one in trace.terms},
        "probability of product": dict(
            zip(map(str, numbers[:may_be_said]), ranked.probabilities().tolist(), strict=True)
        ),
        "product kept out": {
            str(number): f"{why.value} {fact}".strip()
            for number, why, fact in zip(numbers[may_be_said:], ranked.reasons(), ranked.facts(), strict=True)
        },
        "product of action": {
            f"{trace.terms[one.place].action_id}, item {one.item}": f"{one.why.value} {one.because}".strip()
            for one in trace.fates
        },
        "staff": [_named(one) for one in trace.staff],
        "passed": trace.n_passed,
    }


def _named(one: msgspec.Struct) -> dict[str, Any]:
    return {name: getattr(one, name) for name in one.__struct_fields__}


def _differences(where: str, old: object, new: object) -> Iterator[str]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in [*old, *(key for key in new if key not in old)]:
            path = f"{where}, {key}" if where else str(key)
            if key not in new:
                yield f"{path}: was {_shown(old[key])}, is gone"
            elif key not in old:
                yield f"{path}: is new, {_shown(new[key])}"
            else:
                yield from _differences(path, old[key], new[key])
    elif isinstance(old, list | tuple) and isinstance(new, list | tuple):
        for place in range(max(len(old), len(new))):
            path = f"{where} {place + 1}"
            if place >= len(new):
                yield f"{path}: was {_shown(old[place])}, is gone"
            elif place >= len(old):
                yield f"{path}: is new, {_shown(new[place])}"
            else:
                yield from _differences(path, old[place], new[place])
    elif old != new:
        yield f"{where}: was {_shown(old)}, is {_shown(new)}"


def _shown(value: object) -> str:
    if isinstance(value, dict) and "action_id" in value:
        about = "" if value.get("item") is None else f" about item {value['item']}"
        return f"{value['action_id']}{about}"
    text = str(value)
    return text if len(text) <= 80 else text[:77] + "..."

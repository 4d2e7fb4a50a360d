"""The compact, binary form of one decision, as the log stores it."""

import functools
from dataclasses import dataclass
from typing import Annotated, Final, TypeAlias

import msgspec

from recommender.decisions.decision import Decision, ScoredAction, ServedBy
from recommender.decisions.reasons import Reason, ReasonKind
from recommender.decisions.request import DecisionRequest
from recommender.errors import RapportError
from recommender.playbook.kinds import ActionKind
from recommender.types import DecisionId, ItemNumber, ModelVersion

RECEIPT_FORMAT: Final = 1

# Positions in these tables are stored: members are only ever appended.
_ACTIONS: Final = tuple(ActionKind)
_REASONS: Final = tuple(ReasonKind)
_SOURCES: Final = ("item_item", "als", "popularity", "replenishment")
_ACTION_POSITION: Final = {action: position for position, action in enumerate(_ACTIONS)}
_REASON_POSITION: Final = {reason: position for position, reason in enumerate(_REASONS)}
_SOURCE_POSITION: Final = {source: position for position, source in enumerate(_SOURCES)}


_Code: TypeAlias = Annotated[int, msgspec.Meta(ge=0)]


class ReceiptFormatError(RapportError):
    """The bytes are no receipt of a known format."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A decision together with what was asked."""

    decision: Decision
    request: DecisionRequest


class _Line(msgspec.Struct, array_like=True, frozen=True):
    action: _Code
    item: int
    score: float
    source: _Code
    reason: _Code
    about: int | None
    days: int | None
    every_days: int | None
    orders: int | None
    due_at_s: int | None


class _Stored(msgspec.Struct, array_like=True, frozen=True):
    version: int
    decision_id: str
    decided_at_us: int
    customer_version: int
    model_version: str
    catalogue_version: int
    cold: bool
    served_by: ServedBy
    k: int
    kinds: tuple[_Code, ...]
    placement: str | None
    channel: str | None
    cart: tuple[int, ...]
    session: tuple[int, ...]
    lines: tuple[_Line, ...]
    gated: dict[str, int]


_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(_Stored)


def encode_receipt(decision: Decision, request: DecisionRequest) -> bytes:
    """Return the stored form; about 30 bytes per action and 100 bytes for the rest.

    It names no customer: the log keeps the customer beside it, so that erasure finds it.
    """
    # The fields of _Stored in their order; plain tuples are packed alike and made in a third of the time.
    return _ENCODER.encode(
        (
            RECEIPT_FORMAT,
            decision.decision_id,
            decision.decided_at_us,
            decision.customer_version,
            decision.model_version,
            decision.catalogue_version,
            decision.cold,
            decision.served_by,
            request.k,
            _positions(request.actions),
            request.placement,
            request.channel,
            request.cart,
            request.session,
            [_line(action) for action in decision.actions],
            dict(decision.gated),
        )
    )


@functools.lru_cache(maxsize=64)
def _positions(kinds: tuple[ActionKind, ...]) -> tuple[int, ...]:
    return tuple(_ACTION_POSITION[kind] for kind in kinds)


def decode_receipt(data: bytes) -> Receipt:
    """Return the decision and the request of a stored receipt, equal to what was encoded.

    Raises
    ------
    ReceiptFormatError
        When the bytes are damaged or of a newer format.
    """
    try:
        stored = _DECODER.decode(data)
        if stored.version != RECEIPT_FORMAT:
            raise ReceiptFormatError(
                "unknown receipt format",
                expected=str(RECEIPT_FORMAT),
                found=str(stored.version),
                remedy="upgrade rapport",
            )
        return Receipt(_decision(stored), _request(stored))
    except (msgspec.MsgspecError, UnicodeDecodeError, IndexError) as error:
        raise ReceiptFormatError(
            "a stored receipt cannot be read", expected="msgpack of format 1", found=str(error)[:120]
        ) from error


_StoredLine: TypeAlias = tuple[
    int, int, float, int, int, int | None, int | None, int | None, int | None, int | None
]
"""The fields of ``_Line`` in their order."""


def _line(action: ScoredAction) -> _StoredLine:
    reason = action.reason
    return (
        _ACTION_POSITION[action.action],
        action.item,
        action.score,
        _SOURCE_POSITION[action.source],
        _REASON_POSITION[reason.kind],
        reason.about,
        reason.days,
        reason.every_days,
        reason.orders,
        action.due_at_s,
    )


def _action(line: _Line) -> ScoredAction:
    about = None if line.about is None else ItemNumber(line.about)
    return ScoredAction(
        action=_ACTIONS[line.action],
        item=ItemNumber(line.item),
        score=line.score,
        reason=Reason(_REASONS[line.reason], about, line.days, line.every_days, line.orders),
        source=_SOURCES[line.source],
        due_at_s=line.due_at_s,
    )


def _decision(stored: _Stored) -> Decision:
    return Decision(
        decision_id=DecisionId(stored.decision_id),
        customer_version=stored.customer_version,
        model_version=ModelVersion(stored.model_version),
        catalogue_version=stored.catalogue_version,
        cold=stored.cold,
        served_by=stored.served_by,
        actions=tuple(_action(line) for line in stored.lines),
        decided_at_us=stored.decided_at_us,
        gated=stored.gated,
    )


def _request(stored: _Stored) -> DecisionRequest:
    return DecisionRequest(
        k=stored.k,
        actions=tuple(_ACTIONS[kind] for kind in stored.kinds),
        placement=stored.placement,
        channel=stored.channel,
        cart=tuple(map(ItemNumber, stored.cart)),
        session=tuple(map(ItemNumber, stored.session)),
    )

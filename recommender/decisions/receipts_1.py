"""Receipts of format 1: slates of offers and repeats, before there were playbooks. They are only read."""

from typing import Annotated, Final, TypeAlias

import msgspec

from recommender.decisions.decision import Decision, ScoredAction, ServedBy
from recommender.decisions.reasons import Reason, ReasonKind
from recommender.decisions.request import DecisionRequest
from recommender.playbook.kinds import ActionKind
from recommender.types import DecisionId, ItemNumber, ModelVersion

# Positions in these tables are stored: members are only ever appended.
_ACTIONS: Final = tuple(ActionKind)
_REASONS: Final = tuple(ReasonKind)
_SOURCES: Final = ("item_item", "als", "popularity", "replenishment")

_Code: TypeAlias = Annotated[int, msgspec.Meta(ge=0)]


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


_DECODER: Final = msgspec.msgpack.Decoder(_Stored)


def read_format_1(data: bytes) -> tuple[Decision, DecisionRequest]:
    """Return the decision and the request of a stored receipt of format 1.

    Raises
    ------
    msgspec.MsgspecError, UnicodeDecodeError, IndexError
        The bytes are damaged.
    """
    stored = _DECODER.decode(data)
    return _decision(stored), _request(stored)


def _action(line: _Line) -> ScoredAction:
    about, kind = None if line.about is None else ItemNumber(line.about), _ACTIONS[line.action]
    return ScoredAction(
        action=kind,
        item=ItemNumber(line.item),
        score=line.score,
        reason=Reason(_REASONS[line.reason], about, line.days, line.every_days, line.orders),
        source=_SOURCES[line.source],
        due_at_s=line.due_at_s,
        action_id=kind.value,
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

"""The compact, binary form of one decision, as the log stores it.

Format 2 is an array of three: the format; what was decided, as bytes that a replay must repeat exactly, compressed where
that is worth it; and how long it took. Format 1 is read as before.
"""

import functools
import zlib
from dataclasses import dataclass
from typing import Annotated, Any, Final, TypeAlias

import msgspec
from zlib_ng import zlib_ng

from recommender.decisions.decision import Decision, ScoredAction, ServedBy
from recommender.decisions.factors import Factors
from recommender.decisions.reasons import Reason, ReasonKind
from recommender.decisions.receipts_1 import read_format_1
from recommender.decisions.request import DecisionRequest
from recommender.decisions.trace import (
    Gathered,
    ProductFate,
    Ranked,
    StaffSaid,
    Terms,
    Timings,
    Trace,
    Weighed,
)
from recommender.errors import RapportError
from recommender.playbook.kinds import ActionKind
from recommender.playbook.model import Direction
from recommender.types import DecisionId, ItemNumber, ModelVersion

RECEIPT_FORMAT: Final = 2

# Positions in these tables are stored: members are only ever appended.
_ACTIONS: Final = tuple(ActionKind)
_REASONS: Final = tuple(ReasonKind)
_SOURCES: Final = ("item_item", "als", "popularity", "replenishment")
_SOURCE_POSITION: Final = {source: position for position, source in enumerate(_SOURCES)}
_ACTION_POSITION: Final = {action: position for position, action in enumerate(_ACTIONS)}
_REASON_POSITION: Final = {reason: position for position, reason in enumerate(_REASONS)}

_WORTH_PACKING: Final = 1_024
_LEVEL: Final = 1
"""Higher levels save 5 % more and take five times as long."""

_ZLIB: Final = b"\x78"
_LARGEST: Final = 16 * 1024 * 1024

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
    item: int | None
    score: float
    source: _Code | str
    """Position among the sources of products, or the name of another one."""
    reason: tuple[_Code, int | None, int | None, int | None, int | None]
    due_at_s: int | None
    said: tuple[str, str, str, str, float] | None
    """Action id, text, subject, fact, amount; None for an action of the kind's own name and nothing else."""
    factors: tuple[float, float, float, float, float] | None
    action_probability: float | None
    """None: 1."""
    deadline_s: int | None


class _Asked(msgspec.Struct, array_like=True, frozen=True):
    k: int
    kinds: tuple[_Code, ...] | None
    placement: str | None
    channel: str | None
    cart: tuple[int, ...]
    session: tuple[int, ...]
    request_id: str | None
    without_goodwill: tuple[str, ...] = ()


class _Policy(msgspec.Struct, array_like=True, frozen=True):
    playbook_version: str
    engine_version: str
    direction: Direction
    seed: int
    explored: bool
    action_probability: float
    next_s: int | None
    weighed: tuple[Weighed, ...]
    terms: tuple[Terms, ...]
    ranked: Ranked
    fates: tuple[ProductFate, ...]
    n_passed: int
    staff: tuple[StaffSaid, ...] = ()


class _Body(msgspec.Struct, array_like=True, frozen=True):
    decision_id: str
    decided_at_us: int
    customer_version: int
    model_version: str
    catalogue_version: int
    cold: bool
    served_by: ServedBy
    asked: _Asked
    lines: tuple[_Line, ...]
    gated: dict[str, int]
    policy: _Policy | None


class _Envelope(msgspec.Struct, array_like=True, frozen=True):
    version: int
    body: bytes
    timings: Timings | None


_ENCODER: Final = msgspec.msgpack.Encoder()
_ENVELOPE: Final = msgspec.msgpack.Decoder(_Envelope)
_BODY: Final = msgspec.msgpack.Decoder(_Body)


def encode_receipt(decision: Decision, request: DecisionRequest) -> bytes:
    """Return the stored form; without a playbook about 30 bytes per action and 100 bytes for the rest.

    It names no customer: the log keeps the customer beside it, so that erasure finds it.
    """
    timings = None if decision.trace is None else decision.trace.timings
    body = encode_body(decision, request)
    packed = body if len(body) < _WORTH_PACKING else zlib_ng.compress(body, _LEVEL)
    return _ENCODER.encode((RECEIPT_FORMAT, packed, timings))


def encode_body(decision: Decision, request: DecisionRequest) -> bytes:
    """Return what a replay must repeat byte for byte: all of a receipt but its timings."""
    # The fields of _Body in their order; plain tuples are packed alike and made in a third of the time.
    return _ENCODER.encode(
        (
            decision.decision_id,
            decision.decided_at_us,
            decision.customer_version,
            decision.model_version,
            decision.catalogue_version,
            decision.cold,
            decision.served_by,
            (
                request.k,
                None if request.actions is None else _positions(request.actions),
                request.placement,
                request.channel,
                request.cart,
                request.session,
                request.request_id,
                request.without_goodwill,
            ),
            [_line(action) for action in decision.actions],
            dict(decision.gated),
            None if decision.trace is None else _policy(decision, decision.trace),
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
        version = _format_of(data)
        if version == 1:
            return Receipt(*read_format_1(data))
        if version != RECEIPT_FORMAT:
            raise ReceiptFormatError(
                "unknown receipt format",
                expected=f"1 to {RECEIPT_FORMAT}",
                found=str(version),
                remedy="upgrade rapport",
            )
        envelope = _ENVELOPE.decode(data)
        body = _BODY.decode(_unpacked(envelope.body))
        return Receipt(_decision(body, envelope.timings), _request(body.asked))
    except (msgspec.MsgspecError, UnicodeDecodeError, IndexError, zlib.error) as error:
        raise ReceiptFormatError(
            "a stored receipt cannot be read", expected="msgpack of format 1 or 2", found=str(error)[:120]
        ) from error


def body_of(data: bytes) -> bytes:
    """Return what a replay must repeat of a stored receipt: all but its timings.

    Raises
    ------
    ReceiptFormatError
        When the bytes are damaged or of another format.
    """
    receipt = decode_receipt(data)
    return encode_body(receipt.decision, receipt.request)


def _unpacked(body: bytes) -> bytes:
    """Return the body of a receipt; only what was compressed begins as zlib does, an array never does.

    A damaged length could ask for any amount of memory: more than a receipt can have is refused.
    """
    if body[:1] != _ZLIB:
        return body
    reader = zlib.decompressobj()
    unpacked = reader.decompress(body, _LARGEST)
    if not reader.eof:
        raise msgspec.DecodeError("the body is cut off or too large")
    return unpacked


def _format_of(data: bytes) -> int:
    """Return the first element of the array; 0 where there is none."""
    # A short array has its length in the first byte; both formats have fewer than 16 elements or begin with 0xdc.
    start = 3 if data[:1] == b"\xdc" else 1
    if len(data) <= start or data[start] > 0x7F or not (data[:1] == b"\xdc" or 0x91 <= data[0] <= 0x9F):
        raise msgspec.DecodeError("no array that begins with a format")
    return data[start]


def _line(action: ScoredAction) -> tuple[Any, ...]:  # the fields of _Line in their order
    reason, factors = action.reason, action.factors
    said = None
    if factors is not None or action.action_id != action.action.value:
        said = (action.action_id, action.text, action.subject, action.fact, action.amount)
    return (
        _ACTION_POSITION[action.action],
        action.item,
        action.score,
        _SOURCE_POSITION.get(action.source, action.source),
        (_REASON_POSITION[reason.kind], reason.about, reason.days, reason.every_days, reason.orders),
        action.due_at_s,
        said,
        None
        if factors is None
        else (factors.propensity, factors.value, factors.context, factors.lever, factors.cost),
        None if action.action_probability == 1.0 else action.action_probability,
        action.deadline_s,
    )


def _policy(decision: Decision, trace: Trace) -> tuple[Any, ...]:  # the fields of _Policy in their order
    gathered = trace.gathered
    # Where staff said nothing the bytes are those of earlier versions.
    said = (gathered.staff,) if gathered.staff else ()
    return (
        decision.playbook_version,
        decision.engine_version,
        decision.direction,
        decision.seed,
        decision.explored,
        decision.action_probability,
        decision.next_s,
        *gathered[:-1],
        trace.n_passed,
        *said,
    )


def _action(line: _Line) -> ScoredAction:
    kind, factors = _ACTIONS[line.action], None if line.factors is None else Factors(*line.factors)
    action_id, text, subject, fact, amount = line.said or (kind.value, "", "", "", 0.0)
    return ScoredAction(
        action=kind,
        item=None if line.item is None else ItemNumber(line.item),
        score=line.score,
        reason=_reason(line, fact),
        source=line.source if isinstance(line.source, str) else _SOURCES[line.source],
        due_at_s=line.due_at_s,
        action_id=action_id,
        text=text,
        factors=factors,
        expected_value=None if factors is None else factors.expected_value,
        action_probability=1.0 if line.action_probability is None else line.action_probability,
        deadline_s=line.deadline_s,
        subject=subject,
        fact=fact,
        amount=amount,
    )


def _reason(line: _Line, fact: str) -> Reason:
    position, about, days, every_days, orders = line.reason
    kind, number = _REASONS[position], None if about is None else ItemNumber(about)
    words = (fact or None) if kind is ReasonKind.TRIGGERED else None
    return Reason(kind, number, days, every_days, orders, words)


def _decision(body: _Body, timings: Timings | None) -> Decision:
    plain = Decision(
        decision_id=DecisionId(body.decision_id),
        customer_version=body.customer_version,
        model_version=ModelVersion(body.model_version),
        catalogue_version=body.catalogue_version,
        cold=body.cold,
        served_by=body.served_by,
        actions=tuple(_action(line) for line in body.lines),
        decided_at_us=body.decided_at_us,
        gated=body.gated,
    )
    return plain if body.policy is None else _with_policy(plain, body.policy, timings or Timings())


def _with_policy(plain: Decision, policy: _Policy, timings: Timings) -> Decision:
    return msgspec.structs.replace(
        plain,
        playbook_version=policy.playbook_version,
        engine_version=policy.engine_version,
        direction=policy.direction,
        seed=policy.seed,
        explored=policy.explored,
        action_probability=policy.action_probability,
        next_s=policy.next_s,
        trace=Trace.of(
            Gathered(policy.weighed, policy.terms, policy.ranked, policy.fates, policy.staff),
            policy.n_passed,
            timings,
        ),
    )


def _request(asked: _Asked) -> DecisionRequest:
    return DecisionRequest(
        k=asked.k,
        actions=None if asked.kinds is None else tuple(_ACTIONS[kind] for kind in asked.kinds),
        placement=asked.placement,
        channel=asked.channel,
        cart=tuple(map(ItemNumber, asked.cart)),
        session=tuple(map(ItemNumber, asked.session)),
        request_id=asked.request_id,
        without_goodwill=asked.without_goodwill,
    )

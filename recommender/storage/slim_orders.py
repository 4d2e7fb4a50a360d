"""Order events with only the fields that a fold needs: several times faster to decode than the full event."""

from math import nan
from typing import Final, TypeAlias

import msgspec

from recommender.customers.lines import CANCELLATION, PURCHASE, RETURN
from recommender.events.codec import decode_event, encode_event
from recommender.events.upcasting import current_version


class SlimLine(msgspec.Struct, gc=False):
    """A bought or returned line; ``order_id`` belongs to a returned one."""

    item_id: str
    quantity: float = 1.0
    unit_price: float = nan
    is_gift: bool = False
    order_id: str | None = None
    serial: str | None = None
    line_id: str | None = None


class SlimPurchase(msgspec.Struct, gc=False, tag="purchase"):
    """An order."""

    order_id: str
    lines: list[SlimLine]
    schema_version: int = 1


class SlimReturn(msgspec.Struct, gc=False, tag="return"):
    """Goods that came back."""

    lines: list[SlimLine]
    schema_version: int = 1


class SlimCancellation(msgspec.Struct, gc=False, tag="order_cancelled"):
    """A whole order taken back."""

    order_id: str
    schema_version: int = 1


SlimOrder: TypeAlias = SlimPurchase | SlimReturn | SlimCancellation

KIND_OF: Final[dict[type[SlimOrder], int]] = {
    SlimPurchase: PURCHASE,
    SlimReturn: RETURN,
    SlimCancellation: CANCELLATION,
}
"""``kind`` in the columns of order lines."""

# Not strict: decimals are text in JSON and numbers here.
_DECODER: Final[msgspec.json.Decoder[SlimOrder]] = msgspec.json.Decoder(SlimOrder, strict=False)
# The forms that are read directly; older ones go through the upcasters first.
_CURRENT: Final = {kind: current_version(str(kind.__struct_config__.tag)) for kind in KIND_OF}
_CANCELLED_LINES: Final = [SlimLine("", 0.0)]


def decode_order(content: bytes) -> SlimOrder:
    """Return a stored purchase, return or cancellation.

    Examples
    --------
    >>> decode_order(b'{"type":"purchase","order_id":"A","lines":[{"item_id":"mug","unit_price":"4.5"}]}').lines
    [SlimLine(item_id='mug', quantity=1.0, unit_price=4.5, is_gift=False, order_id=None, serial=None, line_id=None)]
    """
    event = _DECODER.decode(content)
    if event.schema_version == _CURRENT[type(event)]:
        return event
    return _DECODER.decode(encode_event(decode_event(content)))


def lines_of(event: SlimOrder) -> list[SlimLine]:
    """Return the lines of an order event; a cancellation has one, which stands for the whole order."""
    return _CANCELLED_LINES if isinstance(event, SlimCancellation) else event.lines

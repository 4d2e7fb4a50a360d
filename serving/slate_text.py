"""The parts of an action that are the same in every slate, encoded once per catalogue version and item."""

from dataclasses import dataclass, field
from decimal import Decimal

import msgspec

from recommender.decisions import reason_text
from recommender.decisions.reasons import Reason
from recommender.types import ItemNumber
from serving.cards import Cards
from serving.wire import ReasonAnswer, Shape

MAX_REASONS = 50_000
"""Reasons remembered; about 200 bytes each."""

_ENCODER = msgspec.json.Encoder()


class _Named(Shape, frozen=True):
    """The fields of :class:`serving.wire.ActionAnswer` about the item that come before its score."""

    item_id: str
    name: str


class _Shown(Shape, frozen=True):
    """Those that come after its receipt."""

    category: tuple[str, ...] = ()
    price: Decimal | None = None
    currency: str | None = None
    url: str | None = None
    image: str | None = None


@dataclass(slots=True)
class SlateText:
    """JSON of items and reasons, made when first asked for.

    Parameters
    ----------
    cards
        What is known of the items.
    """

    cards: Cards
    _cards: dict[ItemNumber, tuple[str, str]] = field(default_factory=dict)
    _reasons: dict[Reason, str] = field(default_factory=dict)

    def card(self, number: ItemNumber | None) -> tuple[str, str]:
        """Return the members of an item, each with a comma in front: those before the score, those after the receipt."""
        if number is None:
            return "", ""
        made = self._cards.get(number)
        return made if made is not None else self._cards.setdefault(number, self._make_card(number))

    def reason(self, reason: Reason) -> str:
        """Return the object of a reason; the first ``MAX_REASONS`` are remembered."""
        if reason.words is not None:  # a fact of this customer, that nobody else will ask for
            return self._make_reason(reason)
        made = self._reasons.get(reason)
        if made is None:
            made = self._make_reason(reason)
            if len(self._reasons) < MAX_REASONS:
                self._reasons[reason] = made
        return made

    def _make_card(self, number: ItemNumber) -> tuple[str, str]:
        card = self.cards.card(number)
        named = _members(_Named(item_id=card.item_id, name=card.name))
        shown = _members(
            _Shown(
                category=card.category,
                price=card.price,
                currency=card.currency,
                url=card.url,
                image=card.image,
            )
        )
        return "," + named, "," + shown if shown else ""

    def _make_reason(self, reason: Reason) -> str:
        answer = ReasonAnswer(code=reason.kind.value, text=reason_text(reason, self.cards.name_of))
        return _ENCODER.encode(answer).decode()


def _members(shape: Shape) -> str:
    """Return the members of an object without its braces."""
    return _ENCODER.encode(shape)[1:-1].decode()

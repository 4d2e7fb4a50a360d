"""What a widget needs to draw an item: resolved once per catalogue version and item."""

from dataclasses import dataclass, field
from decimal import Decimal

from recommender.catalog import Catalogue
from recommender.errors import UnavailableError
from recommender.storage.numbers import ItemNumbers
from recommender.types import ItemNumber


@dataclass(frozen=True, slots=True)
class Card:
    """The drawable fields of an item."""

    item_id: str
    name: str
    category: tuple[str, ...] = ()
    price: Decimal | None = None
    currency: str | None = None
    url: str | None = None
    image: str | None = None


@dataclass(slots=True)
class Cards:
    """Cards of one catalogue version, made when first asked for.

    ``numbers`` names items that were numbered after this catalogue was read.
    """

    catalogue: Catalogue
    numbers: ItemNumbers
    _made: dict[ItemNumber, Card] = field(default_factory=dict)

    def card(self, number: ItemNumber) -> Card:
        """Return the card of an item; an item that was never described is named by its id."""
        made = self._made.get(number)
        return made if made is not None else self._made.setdefault(number, self._make(number))

    def name_of(self, number: ItemNumber) -> str:
        """Return what a person calls the item."""
        return self.card(number).name

    def _make(self, number: ItemNumber) -> Card:
        item = self.catalogue.item(number)
        if item is None:
            item_id = self.catalogue.item_id(number) or self._id_in_log(number)
            return Card(item_id, item_id)
        return Card(
            item.item_id,
            self.catalogue.name(number),
            item.category,
            item.price,
            item.currency,
            item.url,
            item.image,
        )

    def _id_in_log(self, number: ItemNumber) -> str:
        try:
            return self.numbers.id_of(number)
        except (KeyError, UnavailableError):
            return f"#{number}"

"""What the log has of items: numbers, the catalogue and its versions, ownership rules, promotions."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from recommender.catalog.catalogue import Catalogue
from recommender.catalog.items import CatalogItem
from recommender.catalog.ownership import OwnershipRule
from recommender.catalog.patching import ItemPatch
from recommender.catalog.promotion import Promotion
from recommender.catalog.promotions import Promotions
from recommender.storage import catalogue_items, promotion_rows
from recommender.storage.clock import to_microseconds
from recommender.storage.numbers import number_items
from recommender.storage.opened_log import OpenedLog
from recommender.storage.promotion_rows import PromotionsWritten
from recommender.storage.results import ItemCount
from recommender.types import ItemId, ItemNumber


class LogItems(OpenedLog):
    """Reads and writes the items of one log."""

    def number_of(self, item_id: ItemId) -> ItemNumber | None:
        """Return the number of an item, or None when it has none."""
        return self.numbers.get(item_id)

    def ensure_numbers(self, item_ids: Iterable[ItemId]) -> list[ItemNumber]:
        """Return the numbers of items, giving one to each that has none."""
        wanted = list(item_ids)
        if any(item_id not in self.numbers for item_id in wanted):
            number_items(self._database, self.numbers, wanted)
        return [self.numbers[item_id] for item_id in wanted]

    def put_items(self, items: Sequence[CatalogItem]) -> int:
        """Write the items that changed and return the version of the catalogue."""
        return catalogue_items.put_items(self._database, self.numbers, items, to_microseconds(self._clock()))

    def patch_items(self, patches: Sequence[ItemPatch]) -> ItemCount:
        """Change some fields of known items; raises UnknownItemsError when one is not known, and writes nothing."""
        now_us = to_microseconds(self._clock())
        return catalogue_items.patch_items(self._database, self.numbers, patches, now_us)

    def upsert_items(self, patches: Sequence[ItemPatch]) -> ItemCount:
        """Change some fields of items, and add those that are not known."""
        at_us = to_microseconds(self._clock())
        return catalogue_items.upsert_items(self._database, self.numbers, patches, at_us)

    def put_ownership(self, rules: Sequence[OwnershipRule]) -> int:
        """Replace the ownership rules and return the version of the catalogue."""
        return catalogue_items.put_ownership(self._database, rules, to_microseconds(self._clock()))

    def put_promotions(self, promotions: Iterable[Promotion]) -> PromotionsWritten:
        """Write the promotions that are new or corrected, in one transaction; see :mod:`recommender.catalog.promotion`."""
        now_us = to_microseconds(self._clock())
        return promotion_rows.put_promotions(self._database, self.numbers, promotions, now_us)

    def withdraw_promotions(self, kept: Collection[Promotion]) -> PromotionsWritten:
        """Call off, as of now, what has not ended and is not among ``kept``."""
        return promotion_rows.withdraw_promotions(self._database, self.numbers, kept, self._clock())

    def promotions(
        self, *, ending_after: datetime | None = None, at_version: int | None = None
    ) -> Promotions:
        """Return all promotions, or those that have not ended by a time; as of now, or of a version of the catalogue."""
        return promotion_rows.read_promotions(
            self._database, ending_after=ending_after, at_version=at_version
        )

    def catalogue(self, version: int | None = None) -> Catalogue:
        """Return the catalogue as it is now, or as it was when it had a version (NotFoundError: it never had)."""
        return catalogue_items.read_catalogue(self._database, self.numbers, version)

    def catalogue_version(self) -> int:
        """Return the version of the catalogue; cheap enough to ask every second."""
        return catalogue_items.catalogue_version(self._database)

    def item_history(self, item_id: ItemId) -> list[tuple[int, CatalogItem]]:
        """Return every version of an item with the catalogue version that brought it, oldest first."""
        return catalogue_items.item_history(self._database, item_id)

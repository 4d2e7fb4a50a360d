"""The catalogue as this process knows it: at most a second old, and never older than its own changes.

Items that were bought but never described are in it too; those that are new may take some seconds to get their name.
"""

import threading
import time
from collections.abc import Sequence

from recommender.catalog.catalogue import Catalogue
from recommender.catalog.checking import check_item
from recommender.catalog.items import CatalogItem
from recommender.catalog.ownership import OwnershipRule, check_rule
from recommender.catalog.patching import ItemPatch
from recommender.storage.log import EventLog
from recommender.storage.results import ItemCount

NEW_ITEMS_SECONDS = 5.0
"""Least pause between two readings for nothing but newly bought items."""


class CatalogueCache:
    """Holds the newest catalogue; reading it is one attribute."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._loading = threading.Lock()
        self._current: Catalogue | None = None
        self._numbered = 0
        self._loaded_at = 0.0

    def current(self) -> Catalogue:
        """Return the catalogue, reading it from the log the first time."""
        return self.refresh() if self._current is None else self._current

    def refresh(self, *, pause_seconds: float = NEW_ITEMS_SECONDS) -> Catalogue:
        """Return the catalogue, reading it again when its version moved, or when items were added.

        For added items alone it is not read more often than every ``pause_seconds``.
        """
        with self._loading:
            if self._current is None or self._has_moved(self._current, pause_seconds):
                self._numbered = len(self._log.numbers)
                self._current = self._log.catalogue()
                self._loaded_at = time.monotonic()
            return self._current

    def _has_moved(self, current: Catalogue, pause_seconds: float) -> bool:
        if current.version != self._log.catalogue_version():
            return True
        if time.monotonic() - self._loaded_at < pause_seconds:
            return False
        self._log.numbers.refresh()
        return len(self._log.numbers) > self._numbered

    def put_items(self, items: Sequence[CatalogItem]) -> int:
        """Check and write items; return the version of the catalogue that has them.

        Raises
        ------
        InvalidItemError
            An item does not fit; none was written.
        """
        version = self._log.put_items([check_item(item) for item in items])
        self.refresh()
        return version

    def patch_items(self, patches: Sequence[ItemPatch]) -> ItemCount:
        """Change some fields of known items.

        Raises
        ------
        UnknownItemsError
            Some items are not known; none was changed.
        InvalidItemError
            A patched item does not fit; none was changed.
        """
        count = self._log.patch_items(patches)
        self.refresh()
        return count

    def upsert_items(self, patches: Sequence[ItemPatch]) -> ItemCount:
        """Change some fields of items, and add those that are not known.

        Raises
        ------
        InvalidItemError
            A patched item does not fit; none was changed.
        """
        count = self._log.upsert_items(patches)
        self.refresh()
        return count

    def put_ownership(self, rules: Sequence[OwnershipRule]) -> int:
        """Check and replace the ownership rules; return the version of the catalogue that has them."""
        version = self._log.put_ownership([check_rule(rule) for rule in rules])
        self.refresh()
        return version

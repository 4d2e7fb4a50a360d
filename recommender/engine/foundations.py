"""Catalogue, promotions, playbook and the snapshots over them: whatever moves, moves the snapshots before it is told."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime

from recommender.catalog.catalogue import Catalogue
from recommender.catalog.items import CatalogItem
from recommender.catalog.ownership import OwnershipRule
from recommender.catalog.patching import ItemPatch
from recommender.catalog.promotion import Promotion
from recommender.catalog.promotion_columns import PromotionColumns
from recommender.engine.ahead import LogAhead
from recommender.engine.catalogue import CatalogueCache
from recommender.engine.fallback import PopularityFallback
from recommender.engine.grounds import Grounds, GroundsCache
from recommender.engine.playbooks import NONE, PlaybookFollower
from recommender.engine.promotions import PromotionCache
from recommender.engine.snapshots import Snapshot, SnapshotCache
from recommender.models.fitted import FittedModels
from recommender.storage.log import EventLog
from recommender.storage.promotion_rows import PromotionsWritten
from recommender.storage.results import ItemCount
from recommender.types import SECONDS_PER_DAY, ItemNumber, ModelVersion


class Foundations:
    """What decisions of one process stand on.

    Parameters
    ----------
    ahead
        Tells the other processes of this machine that the catalogue moved.
    playbooks
        The playbook that serves.
    clock
        Says which promotions run.
    """

    def __init__(
        self, log: EventLog, ahead: LogAhead, playbooks: PlaybookFollower, clock: Callable[[], datetime]
    ) -> None:
        self._clock = clock
        self._ahead = ahead
        self._playbooks = playbooks
        self._catalogue = CatalogueCache(log)
        self._seen_catalogue = -1
        self._promotions = PromotionCache(log)
        self._grounds = GroundsCache()
        self._snapshots = SnapshotCache(self._promoted_now)
        self._fallback = PopularityFallback(log)

    def catalogue(self) -> Catalogue:
        """Return the catalogue: own changes at once, those of other processes within a second."""
        return self._catalogue.current()

    def planned(self) -> Collection[ItemNumber] | None:
        """Return the items that a service plan is about, None without a playbook; the same object until they change."""
        return self._grounds.planned()

    def is_catalogue_current(self) -> bool:
        """Whether no process of this machine is known to have a newer catalogue; costs nothing."""
        return self._ahead.catalogue() == self._seen_catalogue

    def refresh_catalogue(self) -> None:
        """Read the catalogue if it changed, and bring every snapshot to it."""
        announced = self._ahead.catalogue()
        self._snapshots.renew(self._refreshed)
        self._seen_catalogue = announced

    def follow(self) -> None:
        """Look for a changed playbook and a changed catalogue; called again and again by one thread."""
        try:
            self._playbooks.look()
        finally:
            self._snapshots.renew(self._refreshed)

    def put_items(self, items: Sequence[CatalogItem]) -> int:
        """Write items and return the version of the catalogue; this process uses it when the call returns.

        Raises
        ------
        InvalidItemError
            An item does not fit; none was written.
        """
        return self._announced(self._catalogue.put_items(items))

    def patch_items(self, patches: Sequence[ItemPatch]) -> ItemCount:
        """Change some fields of known items; this process uses them when the call returns.

        Raises
        ------
        UnknownItemsError
            Some items are not known; none was changed.
        InvalidItemError
            A patched item does not fit; none was changed.
        """
        count = self._catalogue.patch_items(patches)
        self._announced(count.version)
        return count

    def upsert_items(self, patches: Sequence[ItemPatch]) -> ItemCount:
        """Do as :meth:`patch_items`, and add the items that are not known."""
        count = self._catalogue.upsert_items(patches)
        self._announced(count.version)
        return count

    def put_ownership(self, rules: Sequence[OwnershipRule]) -> int:
        """Replace the ownership rules and return the version of the catalogue."""
        return self._announced(self._catalogue.put_ownership(rules))

    def put_promotions(self, promotions: Iterable[Promotion]) -> PromotionsWritten:
        """Write promotions, adding to those that are there; see :meth:`PromotionCache.put`."""
        return self._promoted(self._promotions.put(promotions))

    def withdraw_promotions(self, kept: Collection[Promotion]) -> PromotionsWritten:
        """Call off, as of now, every promotion that has not ended and is not among ``kept``."""
        return self._promoted(self._promotions.withdraw(kept))

    def promotion_columns(self, now: datetime, kinds: tuple[str, ...], window_s: int) -> PromotionColumns:
        """Return what is promoted at ``now``, for a ranker that learned these kinds and this window."""
        catalogue = self._catalogue.current()
        return self._promotions.columns(
            now, catalogue.version, kinds=kinds, window_s=window_s, size=len(catalogue)
        )

    def _promoted_now(self, models: FittedModels, catalogue: Catalogue) -> PromotionColumns | None:
        """Return what the ranker of a bundle reads of the plans of this hour; ``None`` where it reads none."""
        kinds = () if models.ranker is None else models.ranker.kinds
        if not kinds:
            return None
        return self._promotions.columns(
            self._clock(),
            catalogue.version,
            kinds=kinds,
            window_s=int(models.window_days * SECONDS_PER_DAY),
            size=len(catalogue),
        )

    def snapshot_for(self, models: FittedModels, model_version: ModelVersion) -> Snapshot:
        """Return the models over the present playbook and catalogue; cheap, except for a new bundle."""
        return self._snapshots.of(models, model_version, self._newest)

    def popularity_fallback(self, now: datetime) -> FittedModels:
        """Return what sells, from the log alone. Takes seconds at first."""
        return self._fallback.models(now, self._newest().catalogue)

    def _announced(self, version: int) -> int:
        """Tell the other processes of this machine, and bring the own snapshots to it."""
        self._ahead.move_catalogue(version)
        self._snapshots.renew(self._current)
        return version

    def _promoted(self, written: PromotionsWritten) -> PromotionsWritten:
        self._snapshots.renew(self._refreshed)
        self._ahead.move_catalogue(written.version)
        return written

    # Called by the cache of snapshots while nobody else builds any: an older catalogue cannot overtake a newer one.

    def _current(self) -> Grounds:
        return self._over(self._catalogue.current())

    def _refreshed(self) -> Grounds:
        return self._over(self._catalogue.refresh())

    def _newest(self) -> Grounds:
        return self._over(self._catalogue.refresh(pause_seconds=0.0))

    def _over(self, described: Catalogue) -> Grounds:
        playbook = self._playbooks.current
        return self._grounds.of(playbook, described, is_declared=playbook.version != NONE)

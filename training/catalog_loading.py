"""Writing a checked catalogue file into an installation."""

from collections.abc import Sequence

from recommender.catalog import OwnershipRule
from recommender.engine.engine import Engine
from recommender.engine.settings import Settings
from training.catalog_files import CatalogFile, merge_items
from training.ingest import ITEMS_PER_WRITE


def write_catalog(file: CatalogFile, rules: Sequence[OwnershipRule] | None) -> str:
    """Write items, and rules if there are any, into the home of this process; return a sentence about it.

    Raises
    ------
    LogUnavailableError
        The log does not answer; loading again is safe.
    """
    with Engine.open(Settings.load()) as engine:
        known = {str(item_id): item for item_id, item in engine.catalogue().items.items()}
        items = merge_items(file, known)
        latest = {item.item_id: item for item in items}
        changed = [item for item_id, item in latest.items() if known.get(item_id) != item]
        version = engine.catalogue().version
        for start in range(0, len(changed), ITEMS_PER_WRITE):
            version = engine.put_items(changed[start : start + ITEMS_PER_WRITE])
        if rules is not None:
            version = engine.put_ownership(rules)
    new = sum(item.item_id not in known for item in changed)
    told = f"{new:,} new, {len(changed) - new:,} changed, {len(latest) - len(changed):,} as before"
    beside = "" if rules is None else f"; {len(rules):,} ownership rules"
    return f"{told}{beside}; catalogue version {version}"

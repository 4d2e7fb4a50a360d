"""Writing a checked catalogue file into an installation."""

from collections.abc import Sequence

from recommender.catalog import OwnershipRule
from recommender.engine.engine import Engine
from recommender.engine.settings import Settings
from recommender.storage.results import ItemCount
from training.catalog_files import CatalogFile, patches_of
from training.ingest import ITEMS_PER_WRITE


def write_catalog(file: CatalogFile, rules: Sequence[OwnershipRule] | None) -> str:
    """Write items, and rules if there are any, into the home of this process; return a sentence about it.

    Raises
    ------
    LogUnavailableError
        The log does not answer; loading again is safe.
    """
    with Engine.open(Settings.load()) as engine:
        patches = patches_of(file)
        count = ItemCount(engine.catalogue().version, items=0, changed=0, new=0)
        for start in range(0, len(patches), ITEMS_PER_WRITE):
            count += engine.upsert_items(patches[start : start + ITEMS_PER_WRITE])
        version = count.version if rules is None else engine.put_ownership(rules)
    changed, same = count.changed - count.new, count.items - count.changed
    told = f"{count.new:,} new, {changed:,} changed, {same:,} as before"
    beside = "" if rules is None else f"; {len(rules):,} ownership rules"
    return f"{told}{beside}; catalogue version {version}"

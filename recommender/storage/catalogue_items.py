"""The catalogue in the log: every version of every item, and the ownership rules beside them."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from sqlalchemy import ColumnElement, Connection, and_, or_, select, update

from recommender.catalog.catalogue import Catalogue
from recommender.catalog.codec import decode_item, decode_rules, encode_item, encode_rules
from recommender.catalog.items import CatalogItem
from recommender.catalog.ownership import OwnershipRule
from recommender.catalog.patching import ItemPatch, apply_patch
from recommender.errors import NotFoundError, UnknownItemsError
from recommender.storage.content import digest_of
from recommender.storage.databases import Database
from recommender.storage.head import Head, lock_head, move_head, read_head
from recommender.storage.numbers import ItemNumbers, NewNumbers
from recommender.storage.results import ItemCount
from recommender.storage.rows import insert_rows
from recommender.storage.tables import catalogue_items, item_numbers, ownership_rules
from recommender.types import ItemId


def put_items(
    database: Database, numbers: ItemNumbers, items: Sequence[CatalogItem], recorded_us: int
) -> int:
    """Write the items that changed as one new version of the catalogue and return its version.

    Unchanged items write nothing; when none changed the version stays. Of two items with one id the later holds.
    """
    with database.write() as connection:
        head = lock_head(connection)
        new = NewNumbers(numbers, connection, head.items)
        version, _ = _write(connection, database, new, items, head, recorded_us)
    new.committed()
    return version


def patch_items(
    database: Database, numbers: ItemNumbers, patches: Sequence[ItemPatch], recorded_us: int
) -> ItemCount:
    """Change some fields of items; nobody else writes between the reading and the writing.

    Raises
    ------
    UnknownItemsError
        Some items have no number; nothing was written.
    InvalidItemError
        A patched item does not fit; nothing was written.
    """
    return _patch_items(database, numbers, patches, recorded_us, _refuse_unknown)


def upsert_items(
    database: Database, numbers: ItemNumbers, patches: Sequence[ItemPatch], recorded_us: int
) -> ItemCount:
    """Do as :func:`patch_items`, and add the items that are not known."""
    return _patch_items(database, numbers, patches, recorded_us, NewNumbers.ensure)


def _refuse_unknown(new: NewNumbers, item_ids: Sequence[str]) -> None:
    unknown = tuple(item_id for item_id in item_ids if not new.has(item_id))
    if unknown:
        raise UnknownItemsError(unknown)


def _patch_items(
    database: Database,
    numbers: ItemNumbers,
    patches: Sequence[ItemPatch],
    recorded_us: int,
    meet: Callable[[NewNumbers, Sequence[str]], None],
) -> ItemCount:
    item_ids = [patch.item_id for patch in patches]
    with database.write() as connection:
        head = lock_head(connection)
        new = NewNumbers(numbers, connection, head.items)
        meet(new, item_ids)
        known = _items(connection, database, [new.number_of(item_id) for item_id in item_ids])
        items = [
            apply_patch(known.get(patch.item_id, CatalogItem(item_id=patch.item_id)), patch)
            for patch in patches
        ]
        version, changed = _write(connection, database, new, items, head, recorded_us)
    new.committed()
    return ItemCount(version, len(patches), changed, sum(item_id not in known for item_id in item_ids))


def _write(
    connection: Connection,
    database: Database,
    new: NewNumbers,
    items: Sequence[CatalogItem],
    head: Head,
    recorded_us: int,
) -> tuple[int, int]:
    """Write what changed; return the version of the catalogue that has it, and how many items changed."""
    contents = {item.item_id: encode_item(item) for item in items}
    new.ensure(contents)
    by_number = {new.number_of(item_id): content for item_id, content in contents.items()}
    changed = _changed(connection, database, by_number)
    if not changed:
        return head.catalogue_version, 0
    version = head.catalogue_version + 1
    new.write(connection)
    _replace(connection, database, changed, version, recorded_us)
    move_head(connection, replace(head, items=new.items, catalogue_version=version))
    return version, len(changed)


def _items(connection: Connection, database: Database, numbers: Sequence[int]) -> dict[str, CatalogItem]:
    query = select(catalogue_items.c.content).where(
        catalogue_items.c.replaced_version.is_(None), database.among(catalogue_items.c.number, numbers)
    )
    items = [decode_item(content) for content in connection.execute(query).scalars()]
    return {item.item_id: item for item in items}


def put_ownership(database: Database, rules: Sequence[OwnershipRule], recorded_us: int) -> int:
    """Replace all ownership rules and return the version of the catalogue; the same rules write nothing."""
    content = encode_rules(tuple(rules))
    with database.write() as connection:
        head = lock_head(connection)
        if content == _newest_rules(connection, head.catalogue_version):
            return head.catalogue_version
        version = head.catalogue_version + 1
        insert_rows(connection, ownership_rules, [(version, recorded_us, content)])
        move_head(connection, replace(head, catalogue_version=version))
    return version


def read_catalogue(database: Database, numbers: ItemNumbers, version: int | None = None) -> Catalogue:
    """Return every item with the rules, as one moment has them: now, or when the catalogue had a version.

    An item that was numbered since is in an old catalogue too, without a description.

    Raises
    ------
    NotFoundError
        The catalogue never had this version.
    """
    with database.snapshot() as connection:
        newest = read_head(connection).catalogue_version
        wanted = newest if version is None else version
        if not 0 <= wanted <= newest:
            raise NotFoundError(
                "the catalogue never had this version", expected=f"0 to {newest}", found=str(wanted)
            )
        numbers.load(connection)
        query = select(catalogue_items.c.content).where(_is_current(wanted, newest))
        contents = connection.execute(query.order_by(catalogue_items.c.number)).scalars().all()
        rules = decode_rules(_newest_rules(connection, wanted))
    items = [decode_item(content) for content in contents]
    return Catalogue.build(wanted, items, numbers.known(), rules)


def _is_current(version: int, newest: int) -> ColumnElement[bool]:
    replaced = catalogue_items.c.replaced_version
    if version == newest:
        return replaced.is_(None)  # which has an index
    return and_(catalogue_items.c.version <= version, or_(replaced.is_(None), replaced > version))


def catalogue_version(database: Database) -> int:
    """Return the version of the catalogue, 0 before the first item; cheap enough to ask every second."""
    with database.read() as connection:
        return read_head(connection).catalogue_version


def item_history(database: Database, item_id: ItemId) -> list[tuple[int, CatalogItem]]:
    """Return every version of an item with the catalogue version that brought it, oldest first."""
    query = (
        select(catalogue_items.c.version, catalogue_items.c.content)
        .join(item_numbers, item_numbers.c.number == catalogue_items.c.number)
        .where(item_numbers.c.item_id == item_id)
        .order_by(catalogue_items.c.version)
    )
    with database.read() as connection:
        rows = connection.execute(query).all()
    return [(version, decode_item(content)) for version, content in rows]


def _changed(connection: Connection, database: Database, contents: dict[int, bytes]) -> dict[int, bytes]:
    query = select(catalogue_items.c.number, catalogue_items.c.digest).where(
        catalogue_items.c.replaced_version.is_(None),
        database.among(catalogue_items.c.number, list(contents)),
    )
    known = {number: bytes(digest) for number, digest in connection.execute(query)}
    return {
        number: content for number, content in contents.items() if known.get(number) != digest_of(content)
    }


def _replace(
    connection: Connection, database: Database, contents: dict[int, bytes], version: int, recorded_us: int
) -> None:
    is_replaced = database.among(catalogue_items.c.number, list(contents))
    is_current = catalogue_items.c.replaced_version.is_(None)
    connection.execute(
        update(catalogue_items).where(is_current, is_replaced).values(replaced_version=version)
    )
    rows = [
        (number, version, None, recorded_us, digest_of(content), content)
        for number, content in contents.items()
    ]
    insert_rows(connection, catalogue_items, rows)


def _newest_rules(connection: Connection, version: int) -> bytes:
    query = select(ownership_rules.c.content).where(ownership_rules.c.version <= version)
    newest_first = query.order_by(ownership_rules.c.version.desc())
    content = connection.execute(newest_first.limit(1)).scalar_one_or_none()
    return b"[]" if content is None else bytes(content)

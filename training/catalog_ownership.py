"""Files of ownership rules: one rule for a group or a category per row, or the JSON array of the API."""

from collections.abc import Callable
from pathlib import Path

from recommender.catalog import OwnershipRule, check_rule, decode_rules
from recommender.errors import InvalidItemError, InvalidSourceError
from recommender.events.adapters.read_table import read_table
from training.catalog_fields import FieldError, category_reader, read_ownership

EXPECTED = "columns kind, cool_down_days, and item_group_id or category"
WHOLE_SHOP = "*"


def read_rules(path: Path, separator: str = ">") -> tuple[OwnershipRule, ...]:
    """Return the rules of a file, each checked. Category ``*`` is the whole shop.

    Rules are few and each changes many offers, so one bad rule refuses the file.

    Raises
    ------
    InvalidSourceError
        It cannot be read.
    InvalidItemError
        A rule is unsound; the message names its line.
    InvalidRequestError
        The separator is empty.
    """
    read_category = category_reader(separator)
    if path.is_file() and path.read_bytes().lstrip().startswith(b"["):
        return tuple(check_rule(rule) for rule in decode_rules(path.read_bytes()))
    table = read_table(path)
    if (
        "kind" not in table.columns
        or not {"item_group_id", "category"} & set(table.columns)
        or table.rejected.height
    ):
        found = f"{table.rejected.height} uneven rows" if table.rejected.height else ", ".join(table.columns)
        raise InvalidSourceError(f"{path.name} holds no ownership rules", expected=EXPECTED, found=found)
    return tuple(_rule(row, read_category) for row in table.frame.iter_rows(named=True))


def _rule(row: dict[str, object], read_category: Callable[[str], tuple[str, ...]]) -> OwnershipRule:
    cells = {
        name: str(value).strip() for name, value in row.items() if value is not None and str(value).strip()
    }
    days = cells.get("cool_down_days", "").removesuffix(".0")
    try:
        policy = read_ownership(cells.get("kind", "") + (f":{days}" if days else ""))
        category = cells.get("category")
        return check_rule(
            OwnershipRule(
                kind=policy.kind,
                cool_down_days=policy.cool_down_days,
                item_group_id=cells.get("item_group_id"),
                category=None
                if category is None
                else ()
                if category == WHOLE_SHOP
                else read_category(category),
            )
        )
    except FieldError as problem:
        raise InvalidItemError(
            f"line {cells.get('__line', '?')}: the kind {problem}",
            found=repr(cells.get("kind", "")),
            remedy="nothing was written",
        ) from None
    except InvalidItemError as error:
        message = f"line {cells.get('__line', '?')}: {error.message}"
        raise InvalidItemError(
            message, expected=error.expected, found=error.found, remedy=error.remedy
        ) from None

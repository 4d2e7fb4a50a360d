"""Everything that compiled code reads for a decision, as nested plain tuples.

Numba recognises the type of a named tuple by its name and fields at every call, that of a plain one at a glance.
"""

from typing import TYPE_CHECKING, Any, TypeAlias

from recommender.candidates.shelf import ShelfTable
from recommender.models.arrays import read_only

if TYPE_CHECKING:
    from recommender.models.fitted import FittedModels

PlainTables: TypeAlias = tuple[
    Any, ...
]  # nested tuples of arrays and numbers, whose types the compiler infers


def plain_tables(models: "FittedModels", shelf: ShelfTable, popular_from: float) -> PlainTables:
    """Return ``(offers, repeats, shelf, item index by number, calibration of offers, popular_from)``."""
    knots = (read_only(models.blend.knot_score), read_only(models.blend.knot_probability))
    return (
        plain(models.offer_tables),
        plain(models.replenishment.tables),
        tuple(read_only(column) for column in shelf),
        read_only(models.index_of_number),
        knots,
        popular_from,
    )


def plain(table: tuple[Any, ...]) -> PlainTables:
    """Return nested tuples without their names.

    Examples
    --------
    >>> from typing import NamedTuple
    >>> class Pair(NamedTuple):
    ...     left: int
    ...     right: tuple[int, ...]
    >>> plain(Pair(1, (2, 3)))
    (1, (2, 3))
    """
    return tuple(plain(part) if isinstance(part, tuple) else part for part in table)

"""Everything that compiled code reads for a decision, behind one reference: see :mod:`recommender.models.by_reference`."""

from typing import TYPE_CHECKING, Any, NamedTuple

from numba import njit, types
from numba.experimental import structref

from recommender.candidates.shelf import ShelfTable
from recommender.models.arrays import read_only
from recommender.models.by_reference import Reference
from recommender.types import Float32Array, Int32Array

if TYPE_CHECKING:
    from recommender.models.fitted import FittedModels


class DecisionTables(NamedTuple):
    """A bundle, and the catalogue over it.

    Attributes
    ----------
    offers, repeats, shelf
        References to :class:`recommender.models.offer_tables.OfferTables`,
        :class:`recommender.models.repeat_tables.RepeatTables` and :class:`ShelfTable`.
    index_of_number
        Item index of every permanent number, -1 where the bundle does not know it.
    knot_score, knot_probability
        Calibration of offers.
    popular_from
        Popularity from which an item is called popular.
    """

    offers: Reference
    repeats: Reference
    shelf: Reference
    index_of_number: Int32Array
    knot_score: Float32Array
    knot_probability: Float32Array
    popular_from: float


@structref.register
class ShelfType(types.StructRef):
    """The compiler's type of a :class:`ShelfReference`."""


@structref.register
class DecisionType(types.StructRef):
    """The compiler's type of a :class:`DecisionReference`."""


class ShelfReference(structref.StructRefProxy):
    """A :class:`ShelfTable`."""


class DecisionReference(structref.StructRefProxy):
    """A :class:`DecisionTables`."""


structref.define_proxy(ShelfReference, ShelfType, ShelfTable._fields)
structref.define_proxy(DecisionReference, DecisionType, DecisionTables._fields)


def decision_tables(models: "FittedModels", shelf: ShelfTable, popular_from: float) -> Reference:
    """Return a reference to :class:`DecisionTables`; the arrays live as long as it does."""
    tables = DecisionTables(
        offers=models.offer_tables,
        repeats=models.replenishment.tables,
        shelf=_shelf(tuple(read_only(column) for column in shelf)),
        index_of_number=read_only(models.index_of_number),
        knot_score=read_only(models.blend.knot_score),
        knot_probability=read_only(models.blend.knot_probability),
        popular_from=popular_from,
    )
    return _tables(tables)


@njit(cache=True)
def _shelf(plain: tuple[Any, ...]) -> Reference:  # arrays whose types the compiler infers
    return ShelfReference(*plain)


@njit(cache=True)
def _tables(tables: DecisionTables) -> Reference:
    return DecisionReference(*tables)

"""Tables of many arrays that compiled code passes from function to function as one pointer.

A named tuple is taken apart into its arrays, seven values each, at every call between compiled functions: the tables of
a decision are a hundred arrays, and compiling it took a minute and a half. A reference is one value, and one that Python
hands over in a microsecond.
"""

from typing import Any, TypeAlias

from numba import njit, types
from numba.experimental import structref

from recommender.models.item_facts import FactTables
from recommender.models.offer_tables import OfferTables, RankerTables
from recommender.models.repeat_tables import RepeatTables

Reference: TypeAlias = Any
"""What compiled code reads as it reads the named tuple of the same fields."""


@structref.register
class FactsType(types.StructRef):
    """The compiler's type of a :class:`FactReference`."""


@structref.register
class RankerType(types.StructRef):
    """The compiler's type of a :class:`RankerReference`."""


@structref.register
class OffersType(types.StructRef):
    """The compiler's type of an :class:`OfferReference`."""


@structref.register
class RepeatsType(types.StructRef):
    """The compiler's type of a :class:`RepeatReference`."""


class FactReference(structref.StructRefProxy):
    """A :class:`FactTables`."""


class RankerReference(structref.StructRefProxy):
    """A :class:`RankerTables`."""


class OfferReference(structref.StructRefProxy):
    """An :class:`OfferTables`, with references to facts and ranker."""


class RepeatReference(structref.StructRefProxy):
    """A :class:`RepeatTables`."""


structref.define_proxy(FactReference, FactsType, FactTables._fields)
structref.define_proxy(RankerReference, RankerType, RankerTables._fields)
structref.define_proxy(OfferReference, OffersType, OfferTables._fields)
structref.define_proxy(RepeatReference, RepeatsType, RepeatTables._fields)


def refer_to_offers(tables: OfferTables) -> Reference:
    """Return a reference to tables; they live as long as it does."""
    facts, ranker = _facts(tables.facts), _ranker(tables.ranker)
    return _offers((*tables[:-2], facts, ranker))


@njit(cache=True)
def refer_to_repeats(tables: RepeatTables) -> Reference:
    """Return a reference to tables; they live as long as it does."""
    return RepeatReference(*tables)


@njit(cache=True)
def _facts(tables: FactTables) -> Reference:
    return FactReference(*tables)


@njit(cache=True)
def _ranker(tables: RankerTables) -> Reference:
    return RankerReference(*tables)


@njit(cache=True)
def _offers(plain: Any) -> Reference:  # a tuple whose types the compiler infers
    return OfferReference(*plain)

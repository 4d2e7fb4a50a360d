"""What a customer has and what passed between them and the brand, and the packed state a decision reads.

``fold`` is the one definition; ``fold_columns`` is the same for many customers at once, and ``pack`` makes the
bytes that travel. Compiled loops are loaded at the first fold, not at import.
"""

from recommender.customers.columns import FoldedCustomers, fold_columns
from recommender.customers.dealings import NO_DEALINGS, Dealings
from recommender.customers.folding import fold
from recommender.customers.lines import MatchedLines, OrderLines
from recommender.customers.matching import match_returns
from recommender.customers.needed_units import needs_other_units
from recommender.customers.packing import PackedStateError, pack, unpack
from recommender.customers.state import RECENT_LINES, CustomerState, ItemHoldings, RecentLines

__all__ = [
    "NO_DEALINGS",
    "RECENT_LINES",
    "CustomerState",
    "Dealings",
    "FoldedCustomers",
    "ItemHoldings",
    "MatchedLines",
    "OrderLines",
    "PackedStateError",
    "RecentLines",
    "fold",
    "fold_columns",
    "match_returns",
    "needs_other_units",
    "pack",
    "unpack",
]

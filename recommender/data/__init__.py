"""What models learn from: purchases as columns, the purchase matrix, recency weights, calendar splits, histories."""

from recommender.data.assembly import purchases_from, purchases_from_frame, revisable_purchases_from
from recommender.data.histories import Histories, histories_of
from recommender.data.history import History, history_of, with_session
from recommender.data.holdings import Holdings, holdings_of
from recommender.data.items import ItemTable
from recommender.data.matrix import purchase_matrix, recency_matrix
from recommender.data.purchases import GUEST, Purchases
from recommender.data.splits import TemporalSplit, temporal_splits
from recommender.data.weights import recency_weights

__all__ = [
    "GUEST",
    "Histories",
    "History",
    "Holdings",
    "ItemTable",
    "Purchases",
    "TemporalSplit",
    "histories_of",
    "history_of",
    "holdings_of",
    "purchase_matrix",
    "purchases_from",
    "purchases_from_frame",
    "recency_matrix",
    "recency_weights",
    "revisable_purchases_from",
    "temporal_splits",
    "with_session",
]

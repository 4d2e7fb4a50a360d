"""What is said: gates, the merge of the kinds, reasons, receipts, and ``decide()``, the one decision function.

``decide`` and ``related_items`` stand on compiled kernels and are imported when first asked for, so that a command line
that only needs the words starts fast.
"""

from typing import TYPE_CHECKING

from recommender.candidates.assortment import Assortment, assortment_of
from recommender.decisions.decision import Decision, ScoredAction
from recommender.decisions.reasons import Reason, ReasonKind, reason_text
from recommender.decisions.receipts import Receipt, decode_receipt, encode_receipt
from recommender.decisions.request import DecisionRequest, parse_kinds
from recommender.playbook.kinds import ActionKind

if TYPE_CHECKING:
    from recommender.decisions.deciding import decide
    from recommender.decisions.related import RelatedItems, related_items

__all__ = [
    "ActionKind",
    "Assortment",
    "Decision",
    "DecisionRequest",
    "Reason",
    "ReasonKind",
    "Receipt",
    "RelatedItems",
    "ScoredAction",
    "assortment_of",
    "decide",
    "decode_receipt",
    "encode_receipt",
    "parse_kinds",
    "reason_text",
    "related_items",
]


def __getattr__(name: str) -> object:
    if name == "decide":
        from recommender.decisions import deciding

        return deciding.decide
    if name in ("RelatedItems", "related_items"):
        from recommender.decisions import related

        return getattr(related, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

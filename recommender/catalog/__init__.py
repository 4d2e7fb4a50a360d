"""What the shop sells: items, variants that count as one, availability, and how often anybody needs one.

``Catalogue`` carries everything at one version, with columns by item number that a decision masks by; ``Promotions`` what is
planned for the items, and since when that was known.
"""

from recommender.catalog.catalogue import Catalogue
from recommender.catalog.checking import check_item, check_item_at
from recommender.catalog.codec import decode_item, decode_items, decode_rules, encode_item, encode_rules
from recommender.catalog.items import CatalogItem
from recommender.catalog.ownership import Ownership, OwnershipKind, OwnershipRule, check_rule
from recommender.catalog.patching import ItemPatch, apply_patch, changes_of, decode_patches
from recommender.catalog.promotion import Promotion, check_promotion
from recommender.catalog.promotion_columns import PromotionColumns, promotion_columns
from recommender.catalog.promotions import Promotions

__all__ = [
    "CatalogItem",
    "Catalogue",
    "ItemPatch",
    "Ownership",
    "OwnershipKind",
    "OwnershipRule",
    "Promotion",
    "PromotionColumns",
    "Promotions",
    "apply_patch",
    "changes_of",
    "check_item",
    "check_item_at",
    "check_promotion",
    "check_rule",
    "decode_item",
    "decode_items",
    "decode_patches",
    "decode_rules",
    "encode_item",
    "encode_rules",
    "promotion_columns",
]

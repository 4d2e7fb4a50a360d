"""How often a customer needs an item: the ownership policy.

It is judged on the item group and declared per item, per group or per category, the most specific declaration
winning. Where nothing is declared, it is learned from what buyers do.
"""

import enum
from collections.abc import Iterable
from typing import Literal, TypeAlias

import msgspec

from recommender.errors import InvalidItemError

MOST_COOL_DOWN_DAYS = 36_500

WireKind: TypeAlias = Literal["own_once", "cool_down", "consumable"]


class OwnershipKind(enum.IntEnum):
    """The policy of one item, as the arrays of a catalogue carry it."""

    LEARNED = 0
    OWN_ONCE = 1
    COOL_DOWN = 2
    CONSUMABLE = 3


KIND_OF_WIRE: dict[str, OwnershipKind] = {
    "own_once": OwnershipKind.OWN_ONCE,
    "cool_down": OwnershipKind.COOL_DOWN,
    "consumable": OwnershipKind.CONSUMABLE,
}


class Ownership(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A declared policy. ``cool_down_days`` belongs to ``cool_down``, and only to it."""

    kind: WireKind
    cool_down_days: int | None = None


class OwnershipRule(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """A policy for a whole group or category.

    Exactly one of ``item_group_id`` and ``category`` is set. A category matches every item whose path begins with
    it; the empty path matches every item of the shop.
    """

    kind: WireKind
    cool_down_days: int | None = None
    item_group_id: str | None = None
    category: tuple[str, ...] | None = None


def check_ownership(kind: str, cool_down_days: int | None, *, field: str = "ownership") -> None:
    """Raise unless the days fit the kind.

    Raises
    ------
    InvalidItemError
        A cool-down without days, days out of range, or days on another kind.
    """
    if kind != "cool_down" and cool_down_days is not None:
        raise InvalidItemError(
            f"{field}.cool_down_days does not belong to kind {kind}",
            expected="no cool_down_days",
            found=str(cool_down_days),
            remedy="leave it out, or declare kind cool_down",
        )
    if kind == "cool_down" and not (cool_down_days and 1 <= cool_down_days <= MOST_COOL_DOWN_DAYS):
        raise InvalidItemError(
            f"{field}.cool_down_days is missing or out of range",
            expected=f"1 to {MOST_COOL_DOWN_DAYS} days",
            found=str(cool_down_days),
            remedy="say after how many days the item may be offered again",
        )


def check_rule(rule: OwnershipRule) -> OwnershipRule:
    """Return the rule if it is sound.

    Raises
    ------
    InvalidItemError
        It names no scope or two, or its days do not fit its kind.

    Examples
    --------
    >>> check_rule(OwnershipRule(kind="consumable", category=("food",))).category
    ('food',)
    """
    if (rule.item_group_id is None) == (rule.category is None):
        raise InvalidItemError(
            "an ownership rule needs exactly one scope",
            expected="either item_group_id or category",
            found="both" if rule.category is not None else "neither",
            remedy="write one rule per scope; category [] is the whole shop",
        )
    check_ownership(rule.kind, rule.cool_down_days, field="rule")
    return rule


class OwnershipRules:
    """Rules ready to be asked; of two rules for the same scope the later one holds."""

    __slots__ = ("_by_category", "_by_group", "_under")

    def __init__(self, rules: Iterable[OwnershipRule] = ()) -> None:
        self._by_group: dict[str, Ownership] = {}
        self._by_category: dict[tuple[str, ...], Ownership] = {}
        self._under: dict[tuple[str, ...], Ownership | None] = {}
        for rule in rules:
            declared = Ownership(rule.kind, rule.cool_down_days)
            if rule.item_group_id is not None:
                self._by_group[rule.item_group_id] = declared
            elif rule.category is not None:
                self._by_category[rule.category] = declared

    def resolve(
        self, declared: Ownership | None, item_group_id: str | None, category: tuple[str, ...]
    ) -> Ownership | None:
        """Return the most specific policy: the item's own, its group's, its longest category's, or none.

        Examples
        --------
        >>> rules = OwnershipRules([OwnershipRule(kind="consumable", category=("food",)),
        ...                         OwnershipRule(kind="own_once", category=("food", "tins"))])
        >>> rules.resolve(None, None, ("food", "tins", "beans")).kind
        'own_once'
        >>> rules.resolve(None, None, ("garden",)) is None
        True
        """
        if declared is not None:
            return declared
        if item_group_id is not None and item_group_id in self._by_group:
            return self._by_group[item_group_id]
        if not self._by_category:
            return None
        if category not in self._under:  # a shop has far more items than categories
            prefixes = (category[:length] for length in range(len(category), -1, -1))
            found = (self._by_category[prefix] for prefix in prefixes if prefix in self._by_category)
            self._under[category] = next(found, None)
        return self._under[category]

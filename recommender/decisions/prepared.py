"""A playbook over the items of one bundle: everything that decisions share, worked out once."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Final, NamedTuple

import numpy as np

from recommender.actions.item_sets import ItemSet
from recommender.actions.repertoire import Repertoire
from recommender.candidates.assortment import Assortment
from recommender.catalog import Catalogue
from recommender.contacts.limits import ContactRules, contact_rules_of
from recommender.decisions.action_plan import ActionPlan, conditions_of, plan_of
from recommender.decisions.bidders import BidderMemory
from recommender.decisions.cooldowns import Rests, rests_of
from recommender.decisions.holdouts import Holdouts, holdouts_of
from recommender.decisions.item_answers import ItemAnswers
from recommender.decisions.tariff import Tariffs
from recommender.playbook.kinds import ActionKind
from recommender.playbook.model import Action, Cap, Condition, ContactPolicy, QuietHours
from recommender.playbook.situation import Situation
from recommender.types import Float64Array, Int32Array, UInt8Array, UInt32Array

KEPT: Final = 8
"""Pairs of playbook and bundle that a process keeps ready: old and new of each while they change."""

_FAMILY: Final = 2
"""Levels of the category path that diversity looks at."""

_NO_FAMILY: Final = np.empty(0, np.int32)


class Bits(NamedTuple):
    """Actions with something in common, one bit each.

    Attributes
    ----------
    windowed
        Those that begin or end at a time.
    selling
        Those that an open complaint stops.
    switched_off
        Those whose lever is zero.
    by_channels
        Those that are said on some channels only, by these channels.
    by_topic
        Those of each topic that consent is asked for; of none, too.
    by_condition
        Those that each condition which asks for no item stops, by its text and what it asks.
    about_products
        Those about ranked products.
    merging
        Those among them whose products differ in probability and price alone, as far as nothing was learned of them.
    by_limits
        Those that the same contact limits bind, and one of them.
    """

    windowed: int
    selling: int
    switched_off: int
    by_channels: Sequence[tuple[frozenset[str], int]]
    by_topic: Sequence[tuple[str | None, int]]
    by_condition: Sequence[tuple[str, Callable[[Situation], bool], int]]
    about_products: int
    merging: int
    by_limits: Sequence[tuple[ActionPlan, int]]


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """One repertoire over one assortment.

    Attributes
    ----------
    plans
        Every action by its id.
    in_order
        The same, in the order of the playbook.
    ranked
        Actions about ranked products: offers, then repeats, in the order of the playbook.
    offer_selectors
        One column per distinct selector of the offers, by item index, ``uint8 [n, selectors]``.
    offer_sizes
        Items of each that may be offered to somebody at some time, ``int32 [selectors]``.
    least
        The same by the selectors that are wanted, -1 of the others; filled as they are asked for.
    repeat_selectors
        One column per repeat action, ``uint8 [n, actions]``.
    speaking
        Which of these speak, by their columns; filled as they are asked for.
    item_price
        By item index, ``float64 [n]``; 0 where none is declared.
    rules
        The contact policy, with the kind of every action.
    family
        By item number: number of the first two levels of its category, ``int32 [n]``; -1 for no category. Empty without
        diversity.
    most_alike
        How many offers of one family a slate holds.
    group
        By item number: the smallest number among the variants of the same thing, ``int32 [n]``. Empty where nothing has any.
    item_answers
        Of the conditions that ask for items alone.
    holdouts
        Of the actions that have one.
    rests
        How long outcomes keep actions away.
    bits
        Actions with something in common.
    tariffs
        What actions are worth, by channel and by what holds.
    bidders
        Sets of actions that were open to anybody.
    """

    repertoire: Repertoire
    assortment: Assortment
    plans: Mapping[str, ActionPlan]
    in_order: tuple[ActionPlan, ...]
    ranked: tuple[ActionPlan, ...]
    offer_selectors: UInt8Array
    offer_sizes: Int32Array
    least: dict[frozenset[int], Int32Array]
    repeat_selectors: UInt8Array
    speaking: dict[frozenset[int] | None, UInt8Array]
    item_price: Float64Array
    rules: ContactRules
    family: Int32Array
    most_alike: int
    group: Int32Array
    item_answers: ItemAnswers
    holdouts: Holdouts
    rests: Rests
    bits: "Bits"
    tariffs: Tariffs
    bidders: BidderMemory

    def family_of(self, number: int) -> int:
        """Return the number of an item's family; -1 for none."""
        return int(self.family[number]) if number < self.family.size else -1

    def group_of(self, number: int) -> int:
        """Return the number of an item's group; -1 where nothing has variants."""
        return int(self.group[number]) if number < self.group.size else -1


_kept: Final[dict[tuple[int, int], Prepared]] = {}
"""By the identities of playbook and assortment: what is kept holds both of them, so that no identity is used again."""

_making: Final = Lock()


def prepared(repertoire: Repertoire, assortment: Assortment) -> Prepared:
    """Return what decisions share; made when first asked for, and kept until so many others were made."""
    key = id(repertoire), id(assortment)
    known = _kept.get(key)
    return _made(key, repertoire, assortment) if known is None else known


def _made(key: tuple[int, int], repertoire: Repertoire, assortment: Assortment) -> Prepared:
    with _making:
        if key not in _kept:
            made = _prepare(repertoire, assortment)
            if len(_kept) >= KEPT:
                del _kept[next(iter(_kept))]
            _kept[key] = made
        return _kept[key]


def _prepare(repertoire: Repertoire, assortment: Assortment) -> Prepared:
    number = assortment.shelf.number
    offers = repertoire.by_kind.get(ActionKind.PRODUCT_OFFER, ())
    repeats = repertoire.by_kind.get(ActionKind.BUY_AGAIN, ())
    selectors = list(dict.fromkeys(one.items for one in offers))
    sets = {one.items: repertoire.items[one.id] for one in offers}
    rows = {action.id: selectors.index(action.items) for action in offers}
    rows |= {action.id: row for row, action in enumerate(repeats)}
    playbook = repertoire.playbook
    classes = _limit_classes(playbook.policy)
    offer_selectors = _columns([sets[selector] for selector in selectors], number)
    plans = {
        action.id: plan_of(action, playbook, place, rows.get(action.id, -1), classes[action.kind])
        for place, action in enumerate(playbook.actions)
    }
    in_order = tuple(plans.values())
    return Prepared(
        repertoire=repertoire,
        assortment=assortment,
        plans=plans,
        in_order=in_order,
        ranked=tuple(plans[one.id] for one in (*offers, *repeats)),
        offer_selectors=offer_selectors,
        offer_sizes=offer_selectors[assortment.shelf.standing == 0].sum(axis=0, dtype=np.int32),
        least={},
        repeat_selectors=_columns([repertoire.items[one.id] for one in repeats], number),
        speaking={},
        item_price=_prices(repertoire.columns.price, number),
        rules=contact_rules_of(playbook),
        item_answers=ItemAnswers(repertoire.catalogue, _conditions(playbook.actions)),
        holdouts=holdouts_of(
            [(one.id, one.holdout, plans[one.id].bit) for one in playbook.actions if one.holdout > 0]
        ),
        bits=_bits(in_order),
        tariffs=Tariffs(in_order, playbook.channels),
        bidders=BidderMemory(np.array([plan.row for plan in in_order], np.int32)),
        rests=rests_of(playbook.actions),
        family=_NO_FAMILY if playbook.most_per_category is None else _families(repertoire.catalogue),
        most_alike=max(playbook.most_per_category or 1, 1),
        group=_groups(repertoire.catalogue),
    )


def _conditions(actions: Iterable[Action]) -> Iterator[Condition]:
    for action in actions:
        yield from conditions_of(action)
        yield from (condition for condition, _ in action.context)


def _columns(sets: Sequence[ItemSet], number: UInt32Array) -> UInt8Array:
    """Return which items each set holds, by item index, ``uint8 [n, sets]``: what one item needs lies side by side."""
    columns = np.zeros((len(number), len(sets)), np.uint8)
    for column, items in enumerate(sets):
        known = number < len(items.mask)
        columns[:, column] = items.everything
        columns[known, column] = items.mask[number[known]]
    return columns


def _prices(price: Float64Array, number: UInt32Array) -> Float64Array:
    known = number < len(price)
    found = np.zeros(len(number))
    found[known] = np.nan_to_num(price[number[known]])
    return found


def _groups(catalogue: Catalogue) -> Int32Array:
    """Return the group of every item; nothing where each is alone in its own: then nobody need ask."""
    group = catalogue.group.astype(np.int32)
    return group if np.any(group != np.arange(group.size)) else group[:0]


def _families(catalogue: Catalogue) -> Int32Array:
    numbers: dict[tuple[str, ...], int] = {}
    of_category = np.array(
        [numbers.setdefault(path[:_FAMILY], len(numbers)) if path else -1 for path in catalogue.categories],
        np.int32,
    )
    families: Int32Array = of_category[catalogue.category_number]
    return families


def _bits(plans: Sequence[ActionPlan]) -> Bits:
    by_channels: dict[frozenset[str], int] = {}
    by_topic: dict[str | None, int] = {}
    by_text: dict[str, tuple[Condition, int]] = {}
    by_limits: dict[int, tuple[ActionPlan, int]] = {}
    for plan in plans:
        action = plan.action
        first, alike = by_limits.get(plan.limit_class, (plan, 0))
        by_limits[plan.limit_class] = first, alike | plan.bit
        by_topic[action.topic] = by_topic.get(action.topic, 0) | plan.bit
        if action.channels:
            by_channels[action.channels] = by_channels.get(action.channels, 0) | plan.bit
        for one in conditions_of(action):
            if not one.asks_item:
                condition, bits = by_text.get(one.text, (one, 0))
                by_text[one.text] = condition, bits | plan.bit
    return Bits(
        sum(plan.bit for plan in plans if plan.action.from_s is not None or plan.action.until_s is not None),
        sum(plan.bit for plan in plans if plan.is_selling),
        sum(plan.bit for plan in plans if plan.lever == 0),
        tuple(by_channels.items()),
        tuple(by_topic.items()),
        tuple((text, condition.holds, bits) for text, (condition, bits) in by_text.items()),
        sum(plan.bit for plan in plans if plan.is_ranked),
        sum(plan.bit for plan in plans if plan.is_ranked and not plan.is_single),
        tuple(by_limits.values()),
    )


def _limit_classes(policy: ContactPolicy) -> dict[ActionKind, int]:
    """Number the kinds so that those of one number are left out by the same limits."""
    rules: tuple[Cap | QuietHours, ...] = (*policy.caps, *policy.quiet_hours)
    numbers: dict[tuple[bool, ...], int] = {}
    return {
        kind: numbers.setdefault(tuple(kind in rule.except_kinds for rule in rules), len(numbers))
        for kind in ActionKind
    }

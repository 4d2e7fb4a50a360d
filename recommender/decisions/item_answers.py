"""What conditions answer about items whoever is asked for: found once for each item of a catalogue, not for each customer."""

from collections.abc import Iterable, Mapping
from typing import Final

from recommender.catalog import Catalogue
from recommender.catalog.catalogue import ALWAYS_FROM_S, ALWAYS_UNTIL_S
from recommender.decisions.action_plan import conditions_of
from recommender.playbook.model import Action, Condition

_LASTING: Final = frozenset(
    {"item.id", "item.name", "item.category", "item.group", "item.price", "item_attribute", "item.available"}
)
"""Facts that a catalogue version settles; of items that are sold for a time only, ``item.available`` is none."""


class ItemAnswers:
    """Answers of the conditions that ask a catalogue for items and nothing else; shared by threads.

    Examples
    --------
    >>> from recommender.playbook.conditions import compile_condition
    >>> cheap = compile_condition("item.price < 5", about_item=True)
    >>> mine = compile_condition("holding.count > 1", about_item=True)
    >>> answers = ItemAnswers(Catalogue.empty(), [cheap, mine])
    >>> answers.of(cheap) is answers.of(cheap), answers.of(mine) is None
    (True, True)
    """

    __slots__ = ("_by_text", "_for_a_time", "_passed")

    def __init__(self, catalogue: Catalogue, conditions: Iterable[Condition]) -> None:
        self._by_text: Mapping[str, dict[int, bool]] = {
            one.text: {} for one in conditions if one.asks_item and one.facts <= _LASTING
        }
        self._passed: dict[str, set[int] | None] = {}
        starts, ends = catalogue.active_from_s, catalogue.active_until_s
        self._for_a_time = frozenset(
            ((starts != ALWAYS_FROM_S) | (ends != ALWAYS_UNTIL_S)).nonzero()[0].tolist()
        )

    def of(self, condition: Condition) -> dict[int, bool] | None:
        """Return the answers of a condition by item number, as far as they are known; None: they are no matter of items alone."""
        return self._by_text.get(condition.text)

    def passed(self, action: Action) -> set[int] | None:
        """Return the numbers of items that are known to pass all conditions of an action about items; to be added to.

        None: some of these are no matter of items alone.
        """
        if action.id not in self._passed:
            asked = [one for one in conditions_of(action) if one.asks_item]
            self._passed[action.id] = set() if all(one.text in self._by_text for one in asked) else None
        return self._passed[action.id]

    def lasts(self, number: int) -> bool:
        """Whether what is said of an item may be kept: it is not sold for a time only."""
        return number not in self._for_a_time

"""The playbook over one catalogue: everything that can be worked out before a customer is known."""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from recommender.actions.item_columns import ItemColumns, item_columns_of
from recommender.actions.item_sets import ItemSet, item_set_of, union_of
from recommender.actions.money import money
from recommender.actions.timings import reach_s
from recommender.actions.wording import Wording, wording_of
from recommender.catalog import Catalogue
from recommender.playbook.kinds import ActionKind
from recommender.playbook.model import Action, ItemSelector, Playbook, ServicePlan
from recommender.types import BoolArray


@dataclass(frozen=True, slots=True, eq=False)
class Repertoire:
    """One playbook over one catalogue version; rebuilt when either changes, read by every decision.

    Attributes
    ----------
    playbook, catalogue
        What it was built from.
    columns
        What conditions ask of items.
    by_kind
        Actions of each kind in the order of the playbook; kinds without any are absent.
    items
        By action id: what the action may be about.
    plan_items
        By plan id: what the plan is about.
    plans
        Service plans by id.
    planned
        By item number: whether any plan is about it. Units of these items are told apart.
    services
        By service code: what customers call it, where one plan is satisfied by it and by nothing else.
    wordings
        By action id: the text, ready to be filled.
    reach_s
        By kind: how far from now the facts and dates lie at most that its actions are about.
    alike
        By action id: the same number for all actions that follow the same facts.
    """

    playbook: Playbook
    catalogue: Catalogue
    columns: ItemColumns
    by_kind: Mapping[ActionKind, tuple[Action, ...]]
    items: Mapping[str, ItemSet]
    plan_items: Mapping[str, ItemSet]
    plans: Mapping[str, ServicePlan]
    planned: BoolArray
    services: Mapping[str, str]
    wordings: Mapping[str, Wording]
    reach_s: Mapping[ActionKind, int]
    alike: Mapping[str, int]

    @property
    def furthest_s(self) -> int:
        """The furthest of ``reach_s``; 0 where no kind follows anything."""
        return max(self.reach_s.values(), default=0)

    def is_planned(self, number: int) -> bool:
        """Whether any service plan is about an item."""
        return 0 <= number < len(self.planned) and bool(self.planned.item(number))

    def service_name(self, code: str | None) -> str | None:
        """Return what customers call a service: the name of the plan that is about it alone, else its code in words."""
        if not code:
            return code
        return self.services.get(code) or (code[0].upper() + code[1:]).replace("-", " ").replace("_", " ")

    def name(self, number: int | None) -> str | None:
        """Return what to call an item; None for no item and for a number that the catalogue does not know."""
        shop = self.catalogue
        item_id = None if number is None else shop.item_id(number)
        if item_id is None:
            return None
        item = shop.items.get(item_id)
        return item_id if item is None else item.name or item_id

    def product_words(self, number: int) -> dict[str, str]:
        """Return what the text of a product offer may use: ``item``, and ``price`` where one is declared."""
        words = {"item": self.catalogue.name(number)}
        price = self.columns.price_of(number)
        if price is not None:
            words["price"] = money(price, self.playbook.currency)
        return words

    def attribute(self, number: int, name: str) -> str | None:
        """Return what an item declares; None when it declares nothing of that name."""
        item = self.catalogue.item(number)
        return None if item is None else item.attributes.get(name)


def repertoire_of(
    playbook: Playbook, catalogue: Catalogue, *, before: Repertoire | None = None
) -> Repertoire:
    """Resolve a checked playbook over a catalogue; selectors that are written alike are resolved once.

    Parameters
    ----------
    playbook, catalogue
        What it is built from.
    before
        The one that it takes the place of: another playbook over the same catalogue need not read all items again.

    Examples
    --------
    >>> from recommender.types import ItemId, ItemNumber
    >>> shop = Catalogue.build(1, [], {ItemId("ring"): ItemNumber(0), ItemId("mug"): ItemNumber(1)})
    >>> thanks = Action("thanks", ActionKind.THANK_YOU, items=ItemSelector(frozenset({"ring"})))
    >>> repertoire = repertoire_of(Playbook("v1", "jeweller", actions=(thanks,)), shop)
    >>> list(repertoire.items["thanks"]), list(repertoire.by_kind)
    ([0], [<ActionKind.THANK_YOU: 'thank_you'>])
    """
    if before is not None and before.catalogue is catalogue and before.playbook.currency == playbook.currency:
        columns = before.columns
    else:
        columns = item_columns_of(catalogue, playbook.currency)
    selectors = [action.items for action in playbook.actions] + [plan.items for plan in playbook.plans]
    sets = _sets(selectors, columns)
    plan_items = {plan.id: sets[plan.items] for plan in playbook.plans}
    by_kind = _by_kind(playbook.actions)
    return Repertoire(
        playbook=playbook,
        catalogue=catalogue,
        columns=columns,
        by_kind=MappingProxyType(by_kind),
        items=MappingProxyType({action.id: sets[action.items] for action in playbook.actions}),
        plan_items=MappingProxyType(plan_items),
        plans=MappingProxyType({plan.id: plan for plan in playbook.plans}),
        planned=union_of(plan_items.values(), len(catalogue)),
        services=MappingProxyType(_services(playbook.plans)),
        wordings=MappingProxyType({action.id: wording_of(action) for action in playbook.actions}),
        reach_s=MappingProxyType({kind: reach_s(actions) for kind, actions in by_kind.items()}),
        alike=MappingProxyType(_alike(playbook.actions)),
    )


def follows(action: Action) -> Hashable:
    """Return what settles which facts an action is about; whatever else it declares changes nothing in that."""
    trigger = None if action.trigger is None else action.trigger.text
    return action.kind, action.items, action.timing, action.plans, action.occasions, trigger


def _services(plans: Iterable[ServicePlan]) -> dict[str, str]:
    """Return the name of each service that is all that a plan asks for, and that no other plan asks for."""
    satisfied = Counter(code for plan in plans for code in plan.satisfied_by)
    return {
        code: plan.name
        for plan in plans
        for code in plan.satisfied_by
        if len(plan.satisfied_by) == 1 and satisfied[code] == 1
    }


def _alike(actions: Iterable[Action]) -> dict[str, int]:
    numbers: dict[Hashable, int] = {}
    return {action.id: numbers.setdefault(follows(action), len(numbers)) for action in actions}


def _sets(selectors: Iterable[ItemSelector], columns: ItemColumns) -> dict[ItemSelector, ItemSet]:
    return {selector: item_set_of(selector, columns) for selector in dict.fromkeys(selectors)}


def _by_kind(actions: Iterable[Action]) -> dict[ActionKind, tuple[Action, ...]]:
    grouped: dict[ActionKind, list[Action]] = {}
    for action in actions:
        grouped.setdefault(action.kind, []).append(action)
    return {kind: tuple(some) for kind, some in grouped.items()}

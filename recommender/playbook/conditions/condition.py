"""A condition, ready to be asked."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from recommender.playbook.conditions.checking import check_condition
from recommender.playbook.conditions.compiling import compile_test
from recommender.playbook.conditions.explaining import compile_words
from recommender.playbook.conditions.grammar import parse
from recommender.playbook.conditions.syntax import Apply, Name, Node, children
from recommender.playbook.conditions.vocabulary import FACTS, FUNCTIONS, full_name
from recommender.playbook.situation import Situation


@dataclass(frozen=True, slots=True)
class CompiledCondition:
    """What :class:`recommender.playbook.model.Condition` promises; two are equal when they are written alike.

    Attributes
    ----------
    facts
        Full names of the facts that it asks; ``now`` is among them where a function counts from it.
    """

    text: str
    holds: Callable[[Situation], bool] = field(compare=False, repr=False)
    because: Callable[[Situation], str] = field(compare=False, repr=False)
    facts: frozenset[str] = field(compare=False, repr=False)

    @property
    def asks_item(self) -> bool:
        """Whether it asks for anything of the item that an action is about."""
        return any(FACTS[name].is_about_item for name in self.facts)


def compile_condition(text: str, *, about_item: bool) -> CompiledCondition:
    """Return a condition that can be asked of any situation.

    Parameters
    ----------
    text
        At most 2,000 characters; see ``docs/playbook.md``.
    about_item
        Whether the facts of one item may be asked.

    Raises
    ------
    PlaybookError
        It is no condition: what does not fit, its line and column within the text, and how to mend it.

    Examples
    --------
    >>> from recommender.playbook.situation import Known
    >>> condition = compile_condition("customer.orders >= 2 and days_since(last_purchase) > 45", about_item=False)
    >>> she = Known({"customer.orders": 1})
    >>> condition.holds(she), condition.because(she)
    (False, 'customer.orders is 1, asked >= 2')
    >>> sorted(condition.facts), condition.asks_item
    (['customer.last_purchase', 'customer.orders', 'now'], False)
    """
    tree = parse(text)
    check_condition(tree, about_item=about_item)
    return CompiledCondition(text, compile_test(tree), compile_words(tree), frozenset(_facts_of(tree)))


def _facts_of(tree: Node) -> Iterator[str]:
    ahead = [tree]
    while ahead:
        node = ahead.pop()
        if isinstance(node, Name | Apply):
            yield "now" if node.name in FUNCTIONS else full_name(node.name)
        ahead.extend(children(node))

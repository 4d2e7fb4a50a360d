"""A condition, ready to be asked."""

from collections.abc import Callable
from dataclasses import dataclass, field

from recommender.playbook.conditions.checking import check_condition
from recommender.playbook.conditions.compiling import compile_test
from recommender.playbook.conditions.explaining import compile_words
from recommender.playbook.conditions.grammar import parse
from recommender.playbook.situation import Situation


@dataclass(frozen=True, slots=True)
class CompiledCondition:
    """What :class:`recommender.playbook.model.Condition` promises; two are equal when they are written alike."""

    text: str
    holds: Callable[[Situation], bool] = field(compare=False, repr=False)
    because: Callable[[Situation], str] = field(compare=False, repr=False)


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
    """
    tree = parse(text)
    check_condition(tree, about_item=about_item)
    return CompiledCondition(text, compile_test(tree), compile_words(tree))

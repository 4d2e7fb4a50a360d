"""What a condition may ask about one customer at one moment."""

from collections.abc import Mapping
from typing import Protocol, TypeAlias

FactValue: TypeAlias = float | str | bool | frozenset[str]
"""Numbers (times are seconds since 1970, durations are seconds), texts, truths, sets of texts."""


class Situation(Protocol):
    """The facts of one customer, and of the item or holding that an action is about, at one moment."""

    def fact(self, name: str, argument: str | None = None) -> FactValue | None:
        """Return a fact by its name in the vocabulary; None when it is not known of this customer.

        Parameters
        ----------
        name
            Such as ``customer.orders``.
        argument
            For facts that take one: ``owns("RING-1")`` asks ``fact("owns", "RING-1")``.
        """
        ...


class Known:
    """A situation of facts that are written down: for trying a condition, and for tests.

    Facts with an argument are keyed as they are asked, such as ``owns("RING-1")``.

    Examples
    --------
    >>> she = Known({"customer.orders": 2.0, 'owns("RING-1")': True})
    >>> she.fact("customer.orders"), she.fact("owns", "RING-1"), she.fact("item.price")
    (2.0, True, None)
    """

    __slots__ = ("_facts",)

    def __init__(self, facts: Mapping[str, FactValue]) -> None:
        self._facts = facts

    def fact(self, name: str, argument: str | None = None) -> FactValue | None:
        """Return a fact; None when it was not written down."""
        return self._facts.get(name if argument is None else f'{name}("{argument}")')

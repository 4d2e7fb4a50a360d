"""What a condition may ask about one customer at one moment."""

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

"""What staff overruled for one customer, as the gates and the arbitration ask for it."""

from collections.abc import Sequence

from recommender.customers.dealings import StaffOverride
from recommender.customers.overrides import in_force


class StaffWord:
    """The overrides of one customer that hold now, newest first.

    Examples
    --------
    >>> hold = StaffOverride("suppress", "ann", "she was here today", 5, 50, "thanks", None, None, None, "e1")
    >>> word = StaffWord([hold], now_s=10)
    >>> word.stops("thanks", None).reason, word.stops("survey", None)
    ('she was here today', None)
    >>> StaffWord([hold], now_s=50).stops("thanks", None) is None
    True
    """

    __slots__ = ("_boosts", "_suppressed", "held", "pins")

    def __init__(self, overrides: Sequence[StaffOverride], now_s: int) -> None:
        holding = in_force(overrides, now_s)[::-1]
        self.held = next((one for one in holding if one.kind == "hold_all"), None)
        self.pins = tuple(one for one in holding if one.kind == "pin")
        self._suppressed = tuple(one for one in holding if one.kind == "suppress")
        self._boosts = tuple(one for one in holding if one.kind == "boost")

    def stops(self, action_id: str, number: int | None) -> StaffOverride | None:
        """Return what stops an action about an item, if anything does."""
        if self.held is not None:
            return self.held
        return next((one for one in self._suppressed if _is_about(one, action_id, number)), None)

    def suppressed_numbers(self, action_id: str) -> dict[int, StaffOverride]:
        """Return the items that an action must not be about."""
        return {
            one.number: one
            for one in self._suppressed
            if one.number is not None and one.action in (None, action_id)
        }

    def pinned_numbers(self) -> tuple[int, ...]:
        """Return the items that are pinned, newest word first."""
        return tuple([one.number for one in self.pins if one.number is not None])

    def pin_place(self, action_id: str, number: int | None) -> int | None:
        """Return the place of an action among the pinned ones; None: not pinned."""
        for place, one in enumerate(self.pins):
            if _is_about(one, action_id, number):
                return place
        return None

    def boost(self, action_id: str, number: int | None) -> float:
        """Return the factor by which staff raised or lowered an action."""
        factor = 1.0
        for one in self._boosts:
            if _is_about(one, action_id, number) and one.amount is not None:
                factor *= one.amount
        return factor

    @property
    def says_anything(self) -> bool:
        """Whether any of it changes the order."""
        return bool(self.pins or self._boosts)


def _is_about(override: StaffOverride, action_id: str, number: int | None) -> bool:
    """Whether an override names an action, or an item, or both; one that names neither is about nothing."""
    if override.action is None and override.number is None:
        return False
    return override.action in (None, action_id) and override.number in (None, number)


def because_of(override: StaffOverride) -> str:
    """Say who overruled and why."""
    return f"{override.author}: {override.reason}"

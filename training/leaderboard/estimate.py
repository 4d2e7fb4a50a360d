"""How long the rest of a leaderboard will take, from what was seen so far."""

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True, slots=True)
class Planned:
    """How many fits a method will need, and what one costs compared with others."""

    fits: int
    effort: float


@dataclass(slots=True)
class Estimate:
    """Counts fits and seconds; what was not seen yet is guessed from its effort.

    Examples
    --------
    >>> estimate = Estimate({"ease": Planned(2, effort=4.0), "als": Planned(1, effort=2.0)})
    >>> estimate.spend("ease", 8.0)
    >>> estimate.done, estimate.total, estimate.seconds_left()
    (1, 3, 12.0)
    """

    planned: dict[str, Planned]
    _spent: dict[str, list[float]] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Fits in all; grows when a method needs more than planned."""
        return sum(max(plan.fits, self._count(name)) for name, plan in self.planned.items())

    @property
    def done(self) -> int:
        """Fits done."""
        return sum(len(seconds) for seconds in self._spent.values())

    def spend(self, name: str, seconds: float) -> None:
        """Count one fit."""
        self._spent.setdefault(name, []).append(seconds)

    def finish(self, name: str) -> None:
        """Say that nothing more of this name will come."""
        self.planned[name] = Planned(self._count(name), self.planned[name].effort)

    def seconds_left(self) -> float | None:
        """Return the rest; ``None`` before the first fit."""
        seen = {name: float(np.mean(seconds)) for name, seconds in self._spent.items()}
        effort = sum(self.planned[name].effort for name in seen)
        if effort <= 0:
            return None
        rate = sum(seen.values()) / effort
        return sum(
            max(0, plan.fits - self._count(name)) * seen.get(name, rate * plan.effort)
            for name, plan in self.planned.items()
        )

    def _count(self, name: str) -> int:
        return len(self._spent.get(name, ()))

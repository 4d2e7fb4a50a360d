"""What saying something is worth, in parts; a struct, because every candidate has one."""

from typing import Final

import msgspec


class Factors(msgspec.Struct, frozen=True, gc=False):
    """What ``expected value = propensity x value x context x lever - cost`` was computed from.

    Parameters
    ----------
    propensity
        Probability of the positive outcome, given that the action is made now.
    value
        What that outcome is worth, in the playbook's currency.
    context
        Product of the factors of the moments that hold.
    lever
        The marketer's lever, times what staff boosted.
    cost
        Of saying it once on the channel.

    Examples
    --------
    >>> Factors(propensity=0.1, value=40.0, lever=1.5, cost=0.5).expected_value
    5.5
    """

    propensity: float
    value: float
    context: float = 1.0
    lever: float = 1.0
    cost: float = 0.0

    @property
    def expected_value(self) -> float:
        """Return the product less the cost."""
        return self.propensity * self.value * self.context * self.lever - self.cost


NOTHING: Final = Factors(0.0, 0.0)
"""Of what nobody weighed."""

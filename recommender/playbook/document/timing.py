"""When a kind speaks up; each kind has only the settings that it uses."""

from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from recommender.playbook.document.rules import broken_rule, quoting
from recommender.playbook.document.scalars import PositiveSeconds, Seconds
from recommender.playbook.document.tables import Table
from recommender.playbook.model import Timing


class FollowingTiming(Table):
    """After a fact."""

    after: Seconds = Field(default=0, description="At the earliest so long after the fact.")
    within: PositiveSeconds | None = Field(
        default=None, description="At the latest so long after it; left out: what is usual for the kind."
    )

    @field_validator("within")
    @classmethod
    def _leaves_time(cls, within: int | None, info: ValidationInfo) -> int | None:
        after = info.data.get("after", 0)
        if within is not None and within <= after:
            rule = broken_rule(
                "within leaves no time", expected="more than after ({after})", found="{within}"
            )
            raise quoting(rule, "after", "within")
        return within

    def timing(self) -> Timing:
        """Return the value."""
        return Timing(after_s=self.after, within_s=self.within or 0)


class DeliveryTiming(FollowingTiming):
    """After a delivery."""

    undelivered_after: Seconds | None = Field(
        default=None,
        description="So long after the purchase an order without a delivery event counts as delivered; left out: never.",
    )

    def timing(self) -> Timing:
        """Return the value."""
        return Timing(
            after_s=self.after, within_s=self.within or 0, undelivered_after_s=self.undelivered_after
        )


class LeadTiming(Table):
    """Before a date."""

    lead: Seconds | None = Field(
        default=None,
        description='From so long before the date; "0 days": on the day itself; left out: what is usual for the kind.',
    )

    def timing(self) -> Timing:
        """Return the value."""
        return Timing(lead_s=self.lead)


class VisitTiming(LeadTiming):
    """Before a visit, which is spoken of until it begins: without a lead there would be no time for it."""

    lead: PositiveSeconds | None = Field(
        default=None, description="From so long before the visit; left out: what is usual for the kind."
    )


class AbsenceTiming(FollowingTiming):
    """After a customer stayed away."""

    lapse: Annotated[float, Field(ge=1, le=100, allow_inf_nan=False)] = Field(
        default=2.0, description="How many of the customer's own usual gaps must have passed."
    )
    least_orders: Annotated[int, Field(ge=2, le=1_000)] = Field(
        default=3, description="Days with orders that a rhythm takes."
    )

    def timing(self) -> Timing:
        """Return the value."""
        return Timing(
            after_s=self.after,
            within_s=self.within or 0,
            lapse=self.lapse,
            least_orders=self.least_orders,
        )

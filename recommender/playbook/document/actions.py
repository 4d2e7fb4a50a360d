"""``[[actions]]``: one table per kind, with the settings that the kind uses and no others."""

from dataclasses import replace
from typing import Annotated, ClassVar, Literal, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationInfo, field_validator

from recommender.playbook.document.action_parts import (
    AboutItems,
    AboutPlans,
    ActionTable,
    Expiring,
    Following,
    ForCustomers,
    ForItems,
    Leading,
    Sold,
)
from recommender.playbook.document.rules import broken_rule
from recommender.playbook.document.scalars import MOST_LISTED, Label, ShortId
from recommender.playbook.document.tables import GoodwillTable
from recommender.playbook.document.timing import AbsenceTiming, DeliveryTiming, VisitTiming
from recommender.playbook.kinds import GIFT, ActionKind
from recommender.playbook.model import Action
from recommender.value_rules import shown

_KIND = "What it is."


class ProductOffer(Sold):
    """An item of a group that the customer does not own."""

    action_kind: ClassVar = ActionKind.PRODUCT_OFFER
    kind: Literal["product_offer"] = Field(description=_KIND)


class BuyAgain(Sold, Expiring):
    """An item that the customer bought and uses up."""

    action_kind: ClassVar = ActionKind.BUY_AGAIN
    kind: Literal["buy_again"] = Field(description=_KIND)


class ServiceReminder(AboutPlans, Expiring, ForItems):
    """A service that a holding's plan asks for is due."""

    action_kind: ClassVar = ActionKind.SERVICE_REMINDER
    kind: Literal["service_reminder"] = Field(description=_KIND)


class Appointment(AboutPlans, AboutItems, Leading, ForItems):
    """A booked visit is near."""

    action_kind: ClassVar = ActionKind.APPOINTMENT
    kind: Literal["appointment"] = Field(description=_KIND)
    timing: VisitTiming = Field(default=VisitTiming(), description="When it speaks up.")


class ThankYou(AboutItems, Following, ForItems):
    """Thanks for a purchase, with how to care for it."""

    action_kind: ClassVar = ActionKind.THANK_YOU
    kind: Literal["thank_you"] = Field(description=_KIND)


class ReviewRequest(AboutItems, Following, ForItems):
    """What do you think of it? Asked only of what was delivered."""

    action_kind: ClassVar = ActionKind.REVIEW_REQUEST
    kind: Literal["review_request"] = Field(description=_KIND)
    timing: DeliveryTiming = Field(default=DeliveryTiming(), description="When it speaks up.")


class Survey(Following, ForCustomers):
    """A question about how it went, answered with a number, words, or both."""

    action_kind: ClassVar = ActionKind.SURVEY
    kind: Literal["survey"] = Field(description=_KIND)
    survey_id: ShortId = Field(description="The survey that answers name.")

    def action(self, zone: ZoneInfo) -> Action:
        """Return the value."""
        return replace(super().action(zone), survey_id=self.survey_id)


class Apology(AboutItems, Following, ForItems):
    """Sorry for what went wrong, with goodwill where the budget allows."""

    action_kind: ClassVar = ActionKind.APOLOGY
    kind: Literal["apology"] = Field(description=_KIND)
    goodwill: GoodwillTable | None = Field(default=None, description="What it may give; left out: nothing.")

    def action(self, zone: ZoneInfo) -> Action:
        """Return the value."""
        goodwill = None if self.goodwill is None else self.goodwill.goodwill()
        return replace(super().action(zone), goodwill=goodwill)


class FollowUp(AboutItems, Following, ForItems):
    """Was the question answered? Asked after a while."""

    action_kind: ClassVar = ActionKind.FOLLOW_UP
    kind: Literal["follow_up"] = Field(description=_KIND)


class WinBack(Following, ForCustomers):
    """The customer stayed away for longer than their own rhythm explains."""

    action_kind: ClassVar = ActionKind.WIN_BACK
    kind: Literal["win_back"] = Field(description=_KIND)
    timing: AbsenceTiming = Field(default=AbsenceTiming(), description="When it speaks up.")


class Occasion(AboutItems, Leading, ForCustomers):
    """A date that matters is near: a birthday, an anniversary, a gift given last year."""

    action_kind: ClassVar = ActionKind.OCCASION
    kind: Literal["occasion"] = Field(description=_KIND)
    occasions: list[Label] = Field(
        default=[],
        max_length=MOST_LISTED,
        description='Which kinds of dates; "gift" is a gift given a year ago; left out: all.',
    )

    @field_validator("occasions")
    @classmethod
    def _have_gifts_to_narrow(cls, occasions: list[str], info: ValidationInfo) -> list[str]:
        if occasions and GIFT not in occasions and info.data.get("items") is not None:
            raise broken_rule(
                "items narrow gifts alone, and these occasions are none",
                expected=f'"{GIFT}" among occasions',
                found=", ".join(map(shown, occasions[:8])),
                remedy=f'add "{GIFT}", or leave items out',
                among=("items", "occasions"),
            )
        return occasions

    def action(self, zone: ZoneInfo) -> Action:
        """Return the value."""
        return replace(super().action(zone), occasions=frozenset(self.occasions))


class EasyReturn(AboutItems, Following, ForItems):
    """How to give back what does not please."""

    action_kind: ClassVar = ActionKind.EASY_RETURN
    kind: Literal["easy_return"] = Field(description=_KIND)


ACTION_TABLES: dict[str, type[ActionTable]] = {
    table.action_kind.value: table
    for table in (
        ProductOffer,
        BuyAgain,
        ServiceReminder,
        Appointment,
        ThankYou,
        ReviewRequest,
        Survey,
        Apology,
        FollowUp,
        WinBack,
        Occasion,
        EasyReturn,
    )
}
"""By kind; ``do_nothing`` is always there and cannot be declared."""

AnyAction: TypeAlias = Annotated[
    ProductOffer
    | BuyAgain
    | ServiceReminder
    | Appointment
    | ThankYou
    | ReviewRequest
    | Survey
    | Apology
    | FollowUp
    | WinBack
    | Occasion
    | EasyReturn,
    Field(discriminator="kind"),
]

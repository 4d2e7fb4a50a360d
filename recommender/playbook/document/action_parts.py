"""``[[actions]]``: what every kind has, and the parts of which the kinds are put together."""

from dataclasses import replace
from datetime import datetime
from typing import ClassVar, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from recommender.playbook.document.declared import Declared
from recommender.playbook.document.durations import say_span
from recommender.playbook.document.rules import broken_rule
from recommender.playbook.document.scalars import (
    MOST_LISTED,
    ChannelName,
    CustomerCondition,
    ItemCondition,
    Label,
    LeverName,
    LongText,
    Moment,
    Money,
    Name,
    PlanName,
    PositiveSeconds,
    Probability,
    Score,
    Share,
)
from recommender.playbook.document.tables import (
    CooldownTable,
    CustomerMoment,
    ItemMoment,
    ItemsTable,
    Table,
)
from recommender.playbook.document.timing import FollowingTiming, LeadTiming
from recommender.playbook.kinds import ActionKind
from recommender.playbook.model import Action, ItemSelector, Span
from recommender.playbook.placeholders import placeholder_remedy, placeholders_of, unknown_placeholders
from recommender.types import SECONDS_PER_DAY

_MOST_MOMENTS = 50
_UTC = ZoneInfo("UTC")
_APPLICABILITY = "It makes sense for the customer: asked of each proposal."
_SUITABILITY = "It is kind now: asked of each proposal."
_CONTEXT = "Moments: the factors of all that hold multiply the value."

Costs: TypeAlias = dict[ChannelName, Money]


class ActionTable(Table):
    """What every kind has."""

    action_kind: ClassVar[ActionKind]
    has_other_worth: ClassVar[bool] = False
    """Whether it may be worth saying without a value of its own."""

    id: Name = Field(
        description="Its name in answers, receipts and events; keep it when you change the rest."
    )
    text: LongText = Field(
        default="",
        description="What is said, with placeholders such as {item}; left out: the kind's own words.",
    )
    topic: Label | None = Field(
        default=None, description="Topic that consent is asked for; left out: the channel's."
    )
    trigger: CustomerCondition | None = Field(
        default=None,
        description="Proposed only while it holds; left out: whenever the kind's own fact is there.",
    )
    audience: CustomerCondition | None = Field(default=None, description="Who gets it at all.")
    channels: list[ChannelName] = Field(
        default=[], max_length=100, description="Where it may be said; left out: everywhere."
    )
    from_: Moment | None = Field(default=None, alias="from", description="Said from then on.")
    until: Moment | None = Field(default=None, description="No longer said then.")
    value: Money = Field(default=0.0, validate_default=True, description="What a positive outcome is worth.")
    costs: Costs = Field(
        default={},
        description="Of saying it once, by channel; a channel that is left out costs what it declares.",
    )
    lever: LeverName | None = Field(default=None, description="Factor of [levers] that multiplies its value.")
    cooldown: CooldownTable = Field(default=CooldownTable(), description="How long it stays away.")
    holdout: Share = Field(default=0.0, description="Share of customers who never get it, for measuring.")

    @field_validator("text")
    @classmethod
    def _asks_for_known_words(cls, text: str) -> str:
        try:
            unknown = unknown_placeholders(cls.action_kind, text)
        except ValueError as error:
            raise broken_rule("the text cannot be filled", found=str(error)) from None
        if unknown:
            raise broken_rule(
                "the text asks for a word that this kind does not have",
                expected=", ".join(f"{{{name}}}" for name in sorted(placeholders_of(cls.action_kind))),
                found=", ".join(f"{{{name if len(name) <= 40 else name[:40] + '...'}}}" for name in unknown),
                remedy=placeholder_remedy(cls.action_kind, unknown),
            )
        return text

    @field_validator("costs")
    @classmethod
    def _are_of_its_channels(cls, costs: Costs, info: ValidationInfo) -> Costs:
        channels = info.data.get("channels")
        elsewhere = [name for name in costs if channels and name not in channels]
        if elsewhere:
            raise broken_rule(
                "the action is never said there",
                expected=", ".join(channels or ()),
                found=", ".join(elsewhere),
                remedy="add it to channels, or leave its cost out",
            )
        return costs

    @field_validator("until")
    @classmethod
    def _ends_after_it_begins(cls, until: datetime | None, info: ValidationInfo) -> datetime | None:
        zone = info.context.zone if isinstance(info.context, Declared) else _UTC
        begins, ends = _seconds(info.data.get("from_"), zone), _seconds(until, zone)
        if begins is not None and ends is not None and ends <= begins:
            raise broken_rule(
                "the action ends before it begins", expected=f"after {info.data['from_']}", found=str(until)
            )
        return until

    @field_validator("value")
    @classmethod
    def _is_worth_saying(cls, value: float) -> float:
        if value <= 0 and not cls.has_other_worth:
            raise worthless()
        return value

    def action(self, zone: ZoneInfo) -> Action:
        """Return the value; moments without offset are in ``zone``."""
        return Action(
            id=self.id,
            kind=self.action_kind,
            text=self.text,
            topic=self.topic,
            trigger=self.trigger,
            audience=self.audience,
            channels=frozenset(self.channels),
            from_s=_seconds(self.from_, zone),
            until_s=_seconds(self.until, zone),
            value=self.value,
            costs=self.costs,
            lever=self.lever,
            cooldown=self.cooldown.cooldown(),
            holdout=self.holdout,
        )


class ForCustomers(ActionTable):
    """Conditions of kinds that are about no item."""

    applicability: CustomerCondition | None = Field(default=None, description=_APPLICABILITY)
    suitability: CustomerCondition | None = Field(default=None, description=_SUITABILITY)
    context: list[CustomerMoment] = Field(default=[], max_length=_MOST_MOMENTS, description=_CONTEXT)

    def action(self, zone: ZoneInfo) -> Action:
        """Return the value."""
        return _conditioned(super().action(zone), self)


class ForItems(ActionTable):
    """Conditions of kinds that are about an item: they may ask its facts."""

    applicability: ItemCondition | None = Field(default=None, description=_APPLICABILITY)
    suitability: ItemCondition | None = Field(default=None, description=_SUITABILITY)
    context: list[ItemMoment] = Field(default=[], max_length=_MOST_MOMENTS, description=_CONTEXT)

    def action(self, zone: ZoneInfo) -> Action:
        """Return the value."""
        return _conditioned(super().action(zone), self)


def _conditioned(action: Action, table: ForCustomers | ForItems) -> Action:
    return replace(
        action,
        applicability=table.applicability,
        suitability=table.suitability,
        context=tuple((moment.when, moment.factor) for moment in table.context),
    )


class Guessed(ActionTable):
    """Kinds of which no ranking says how likely their outcome is."""

    prior: Probability = Field(
        default=0.05, description="Probability of the positive outcome while nothing is known."
    )
    prior_weight: Score = Field(default=50.0, description="How many observations the prior counts for.")

    def action(self, zone: ZoneInfo) -> Action:
        """Return the value."""
        return replace(super().action(zone), prior=self.prior, prior_weight=self.prior_weight)


class Expiring(ActionTable):
    """Kinds that a fact triggers."""

    expiry: PositiveSeconds | None = Field(
        default=None, description="Dropped so long after its triggering fact."
    )

    def action(self, zone: ZoneInfo) -> Action:
        """Return the value."""
        return replace(super().action(zone), expiry_s=self.expiry)


class AboutItems(ActionTable):
    """Kinds that may be narrowed to some items."""

    items: ItemsTable | None = Field(default=None, description="About which items; left out: all.")

    def action(self, zone: ZoneInfo) -> Action:
        """Return the value."""
        selector = ItemSelector() if self.items is None else self.items.selector()
        return replace(super().action(zone), items=selector)


class AboutPlans(Guessed):
    """Kinds that service plans call for; a promise needs no value to be kept."""

    has_other_worth: ClassVar[bool] = True

    plans: list[PlanName] = Field(
        default=[], max_length=MOST_LISTED, description="Of which service plans; left out: all."
    )

    def action(self, zone: ZoneInfo) -> Action:
        """Return the value."""
        return replace(super().action(zone), plans=frozenset(self.plans))


class Sold(AboutItems, ForItems):
    """Kinds whose worth may follow the price."""

    has_other_worth: ClassVar[bool] = True

    value_from_price: Share = Field(
        default=0.0,
        validate_default=True,
        description="Share of the item's price that is added to the value, such as the margin.",
    )

    @field_validator("value_from_price")
    @classmethod
    def _is_worth_something(cls, share: float, info: ValidationInfo) -> float:
        if share <= 0 and info.data.get("value", 1.0) <= 0:
            raise worthless()
        return share

    def action(self, zone: ZoneInfo) -> Action:
        """Return the value."""
        return replace(super().action(zone), value_from_price=self.value_from_price)


class Following(Expiring, Guessed):
    """Kinds that follow a fact after a while."""

    timing: FollowingTiming = Field(default=FollowingTiming(), description="When it speaks up.")

    @field_validator("timing")
    @classmethod
    def _begins_before_it_expires(cls, timing: FollowingTiming, info: ValidationInfo) -> FollowingTiming:
        expiry = info.data.get("expiry")
        if expiry is not None and expiry <= timing.after:
            raise broken_rule(
                "it expires before it may be said",
                expected=f"more than timing.after ({_length(timing.after)})",
                found=_length(expiry),
                remedy="give it a longer expiry, or let it begin earlier",
                among=("expiry", "timing"),
            )
        return timing

    def action(self, zone: ZoneInfo) -> Action:
        """Return the value."""
        return replace(super().action(zone), timing=self.timing.timing())


class Leading(Expiring, Guessed):
    """Kinds that come before a date."""

    timing: LeadTiming = Field(default=LeadTiming(), description="When it speaks up.")

    def action(self, zone: ZoneInfo) -> Action:
        """Return the value."""
        return replace(super().action(zone), timing=self.timing.timing())


def _length(seconds: int) -> str:
    days, rest = divmod(seconds, SECONDS_PER_DAY)
    return say_span(Span(days=days, seconds=rest))


def worthless() -> PydanticCustomError:
    """Return the error of an action that would never be chosen."""
    return broken_rule(
        "an action without value never wins against saying nothing",
        remedy="say what a positive outcome is worth: value = 5.0",
    )


def _seconds(moment: datetime | None, zone: ZoneInfo) -> int | None:
    if moment is None:
        return None
    return int((moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)).timestamp())

"""``[[service_plans]]`` and ``[[ownership]]``: what is owed for what was sold, and what may be sold again."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, JsonValue, ValidationInfo, field_validator

from recommender.catalog.ownership import MOST_COOL_DOWN_DAYS, OwnershipRule
from recommender.playbook.document.durations import rough_days, say_span
from recommender.playbook.document.rules import broken_rule
from recommender.playbook.document.scalars import (
    CalendarSpan,
    Category,
    Id,
    LongText,
    Money,
    Name,
    PositiveSeconds,
    PositiveSpan,
    ShortText,
)
from recommender.playbook.document.tables import ItemsTable, Table
from recommender.playbook.model import MOST_PER_CATEGORY, ServicePlan, Span


class ServicePlanTable(Table):
    """The obligation attached to each unit of what was bought."""

    id: Name = Field(description="Its name in receipts and in `rapport promises`.")
    name: ShortText = Field(description="What customers call the service.")
    items: ItemsTable = Field(description="About which items.")
    first_after: PositiveSpan = Field(description="First due so long after the purchase.")
    every: PositiveSpan | None = Field(
        default=None, description="Due again so long after that; left out: due once."
    )
    lead: CalendarSpan = Field(
        default=Span(days=30),
        validate_default=True,
        description="Reminded from so long before it is due, if it has a value; without one when it is due.",
    )
    grace: CalendarSpan = Field(default=Span(), description="Lapsed so long after it was due.")
    until: PositiveSpan | None = Field(
        default=None,
        description="The plan ends so long after the purchase, as a warranty does; left out: never.",
    )
    satisfied_by: list[Id] = Field(min_length=1, max_length=1_000, description="Service codes that count.")
    anchor: Literal["visit", "schedule"] = Field(
        default="visit",
        description="visit: due again counts from the last visit; schedule: from the purchase, whatever the visits were.",
    )
    consequence: LongText = Field(default="", description="What lapses, in words.")
    value: Money = Field(
        default=0.0, description="What keeping the promise once is worth; the value of the reminder is added."
    )

    @field_validator("lead")
    @classmethod
    def _lead_is_shorter(cls, lead: Span, info: ValidationInfo) -> Span:
        for name in ("first_after", "every"):
            period = info.data.get(name)
            if period is not None and rough_days(lead) >= rough_days(period):
                raise broken_rule(
                    f"the lead is not shorter than {name}: it would always be due",
                    expected=f"less than {say_span(period)}",
                    found=say_span(lead),
                )
        return lead

    @field_validator("until")
    @classmethod
    def _ends_after_it_begins(cls, until: Span | None, info: ValidationInfo) -> Span | None:
        first = info.data.get("first_after")
        if until is not None and first is not None and rough_days(until) < rough_days(first):
            raise broken_rule(
                "the plan ends before it is first due",
                expected=f"at least {say_span(first)}",
                found=say_span(until),
            )
        return until

    def plan(self) -> ServicePlan:
        """Return the value."""
        return ServicePlan(
            id=self.id,
            name=self.name,
            items=self.items.selector(),
            first_after=self.first_after,
            every=self.every,
            lead=self.lead,
            grace=self.grace,
            until=self.until,
            satisfied_by=frozenset(self.satisfied_by),
            anchor=self.anchor,
            consequence=self.consequence,
            value=self.value,
        )


_COOL_DOWN: dict[str, JsonValue] = {"properties": {"kind": {"const": "cool_down"}}}
_OWNERSHIP_RULES: dict[str, JsonValue] = {
    "oneOf": [{"required": ["category"]}, {"required": ["item_group_id"]}],
    "if": _COOL_DOWN,
    "then": {"required": ["cool_down"]},
    "else": {"properties": {"cool_down": False}},
}


class OwnershipTable(Table):
    """When an item may be offered again to somebody who has it; a scope has one rule."""

    model_config = ConfigDict(json_schema_extra=_OWNERSHIP_RULES)

    kind: Literal["own_once", "cool_down", "consumable"] = Field(
        description="own_once: never again; cool_down: after a while; consumable: when it is due."
    )
    category: Category | None = Field(
        default=None, description='Its scope: a path, or "*" for the whole shop.'
    )
    item_group_id: Id | None = Field(
        default=None, validate_default=True, description="Its scope: a group of variants."
    )
    cool_down: PositiveSeconds | None = Field(
        default=None, validate_default=True, description="Whole days; only of kind cool_down, which needs it."
    )

    @field_validator("item_group_id")
    @classmethod
    def _has_one_scope(cls, item_group_id: str | None, info: ValidationInfo) -> str | None:
        if "category" in info.data and (info.data["category"] is None) == (item_group_id is None):
            raise broken_rule(
                "an ownership rule needs exactly one scope",
                expected="either category or item_group_id",
                found="neither" if item_group_id is None else "both",
                among=("category", "item_group_id"),
            )
        return item_group_id

    @field_validator("cool_down")
    @classmethod
    def _fits_its_kind(cls, cool_down: int | None, info: ValidationInfo) -> int | None:
        kind = info.data.get("kind", "cool_down" if cool_down else "")
        if kind == "cool_down" and cool_down is None:
            raise broken_rule("cool_down is missing", remedy='write cool_down = "90 days"')
        if kind != "cool_down" and cool_down is not None:
            raise broken_rule(f"cool_down does not belong to kind {kind}", remedy="leave it out")
        if cool_down is not None and (
            cool_down % 86_400 or not 1 <= cool_down // 86_400 <= MOST_COOL_DOWN_DAYS
        ):
            raise broken_rule(
                "a cool-down is counted in days", expected=f"1 to {MOST_COOL_DOWN_DAYS:,} whole days"
            )
        return cool_down

    def rule(self) -> OwnershipRule:
        """Return the value."""
        return OwnershipRule(
            kind=self.kind,
            cool_down_days=None if self.cool_down is None else self.cool_down // 86_400,
            item_group_id=self.item_group_id,
            category=self.category,
        )


class ExplorationTable(Table):
    """Now and then the first action is drawn, so that others are learned of too."""

    epsilon: Annotated[float, Field(ge=0, le=0.5, allow_inf_nan=False)] = Field(
        default=0.0,
        description="Share of decisions whose first action is drawn among all that passed the gates.",
    )


class DiversityTable(Table):
    """What keeps a slate mixed."""

    most_per_category: Annotated[int, Field(ge=1, le=1_000)] = Field(
        default=MOST_PER_CATEGORY,
        description="Most products of one category (two levels of its path) in a slate, offers and refills together.",
    )

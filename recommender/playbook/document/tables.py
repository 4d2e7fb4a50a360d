"""Small tables that several settings share. Every table refuses settings it does not know."""

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationInfo, field_validator, model_validator

from recommender.playbook.document.rules import broken_rule
from recommender.playbook.document.scalars import (
    LONGEST_REMEMBERED_DAYS,
    MOST_LISTED,
    Category,
    CustomerCondition,
    Factor,
    Id,
    ItemCondition,
    LongText,
    Money,
    PositiveSeconds,
    RememberedSeconds,
    Seconds,
    ShortText,
)
from recommender.playbook.model import Cooldown, Goodwill, ItemSelector, Wish
from recommender.value_rules import SMALLEST_SUM


class Table(BaseModel):
    """One table of the file: strict types, nothing unknown."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, populate_by_name=False, arbitrary_types_allowed=True
    )


class PreferenceTable(Table):
    """What a customer must have said that they prefer."""

    name: ShortText = Field(description="Name of the preference.")
    value: ShortText = Field(description="Its value, as the customer's event says it.")

    def wish(self) -> Wish:
        """Return the value."""
        return self.name, self.value


class AttributeTable(Table):
    """An attribute that items must have."""

    name: ShortText = Field(description="Name of the attribute.")
    value: LongText = Field(description="What it must be.")


_SOME: Final[JsonValue] = {"minItems": 1}
_NAMING_SOMETHING: Final[list[JsonValue]] = [
    {"required": ["item_ids"], "properties": {"item_ids": _SOME}},
    {"required": ["item_group_ids"], "properties": {"item_group_ids": _SOME}},
    {"required": ["categories"], "properties": {"categories": _SOME}},
    {"required": ["attribute"]},
]


class ItemsTable(Table):
    """Which items: those of any list below together; `attribute` leaves out the others."""

    model_config = ConfigDict(json_schema_extra={"anyOf": _NAMING_SOMETHING})

    item_ids: list[Id] = Field(default=[], max_length=MOST_LISTED, description="Items by id.")
    item_group_ids: list[Id] = Field(
        default=[], max_length=MOST_LISTED, description="All variants of a group."
    )
    categories: list[Category] = Field(
        default=[], max_length=MOST_LISTED, description='Paths or how they begin: "Rings/Gold"; "*" is all.'
    )
    attribute: AttributeTable | None = Field(default=None, description="Only items that have it.")

    @model_validator(mode="after")
    def _names_something(self) -> "ItemsTable":
        if not (self.item_ids or self.item_group_ids or self.categories or self.attribute):
            raise broken_rule(
                "no items are named",
                expected="item_ids, item_group_ids, categories or attribute",
                remedy='leave the table out, or write categories = ["*"] for every item',
            )
        return self

    def selector(self) -> ItemSelector:
        """Return the value."""
        attribute = self.attribute
        return ItemSelector(
            item_ids=frozenset(self.item_ids),
            item_group_ids=frozenset(self.item_group_ids),
            categories=tuple(self.categories),
            attribute=None if attribute is None else (attribute.name, attribute.value),
        )


class CooldownTable(Table):
    """How long an action stays away after each outcome; about the same item where it is about one."""

    accepted: Seconds = Field(default=0, description="After a response `accepted` was reported of it.")
    ignored: Seconds = Field(
        default=0,
        description="After a response `ignored` was reported of it: nobody guesses that. Who reports none writes `sent`.",
    )
    dismissed: Seconds = Field(default=0, description="After a response `dismissed` was reported of it.")
    sent: RememberedSeconds = Field(
        default=0,
        description=f"After it was sent or seen, whatever followed; at most {LONGEST_REMEMBERED_DAYS} days.",
    )

    def cooldown(self) -> Cooldown:
        """Return the value."""
        return Cooldown(self.accepted, self.ignored, self.dismissed, self.sent)


class GoodwillTable(Table):
    """What an apology may give. Neither budget is ever overspent."""

    amount: Annotated[Money, Field(ge=float(SMALLEST_SUM))] = Field(
        description="Given once, in the playbook's currency."
    )
    per_customer: Annotated[Money, Field(gt=0)] = Field(description="Budget of one customer.")
    total: Annotated[Money, Field(gt=0)] = Field(description="Budget of all customers together.")
    per: PositiveSeconds = Field(default=0, description="Sliding window of both budgets; left out: for ever.")

    @field_validator("per_customer", "total")
    @classmethod
    def _covers_one(cls, budget: float, info: ValidationInfo) -> float:
        amount = info.data.get("amount", 0.0)
        if amount > budget:
            raise broken_rule(
                "the budget is smaller than what is given once",
                expected=f"at least {amount:g}",
                found=f"{budget:g}",
            )
        return budget

    def goodwill(self) -> Goodwill:
        """Return the value."""
        return Goodwill(self.amount, self.per_customer, self.total, self.per)


class CustomerMoment(Table):
    """A moment that makes an action count more, or less."""

    when: CustomerCondition = Field(description="A condition about the customer.")
    factor: Factor = Field(description="Multiplies the value while it holds.")


class ItemMoment(Table):
    """A moment that makes an action count more, or less."""

    when: ItemCondition = Field(description="A condition about the customer and the item.")
    factor: Factor = Field(description="Multiplies the value while it holds.")

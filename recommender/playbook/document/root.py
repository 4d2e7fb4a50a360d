"""The whole file."""

from zoneinfo import ZoneInfo

from pydantic import Field

from recommender.playbook.document.actions import AnyAction
from recommender.playbook.document.plans import (
    DiversityTable,
    ExplorationTable,
    OwnershipTable,
    ServicePlanTable,
)
from recommender.playbook.document.policy import ChannelTable, ContactPolicyTable
from recommender.playbook.document.scalars import Currency, Factor, Name, ShortText, Zone
from recommender.playbook.document.tables import Table
from recommender.playbook.model import Playbook, PlaybookVersion


class HeadingTable(Table):
    """What the playbook is, and in which money it counts."""

    name: ShortText = Field(description="What people call it.")
    currency: Currency = Field(description="Of every amount: a code of ISO 4217.")
    time_zone: Zone = Field(default="UTC", description="Of customers who have none: a name of the IANA list.")


class PlaybookFile(Table):
    """A playbook: what the brand could say, what it owes, and how often it may come."""

    playbook: HeadingTable = Field(description="What it is.")
    channels: dict[Name, ChannelTable] = Field(
        default={}, max_length=100, description="Ways to the customer."
    )
    contact_policy: ContactPolicyTable = Field(
        default=ContactPolicyTable(), description="How often and when the brand may come."
    )
    levers: dict[Name, Factor] = Field(
        default={}, max_length=1_000, description="Factors that are turned in one place, by name."
    )
    actions: list[AnyAction] = Field(default=[], max_length=1_000, description="What could be said.")
    service_plans: list[ServicePlanTable] = Field(default=[], max_length=1_000, description="What is owed.")
    ownership: list[OwnershipTable] = Field(
        default=[], max_length=10_000, description="What may be offered again, and when."
    )
    exploration: ExplorationTable = Field(default=ExplorationTable(), description="Off where left out.")
    diversity: DiversityTable = Field(
        default=DiversityTable(), description="No five products of one category where left out."
    )

    def value(self, version: PlaybookVersion) -> Playbook:
        """Return the playbook as the rest of Rapport knows it."""
        zone = ZoneInfo(self.playbook.time_zone)
        return Playbook(
            version=version,
            name=self.playbook.name,
            currency=self.playbook.currency,
            time_zone=self.playbook.time_zone,
            actions=tuple(action.action(zone) for action in self.actions),
            plans=tuple(plan.plan() for plan in self.service_plans),
            channels={name: channel.channel(name) for name, channel in self.channels.items()},
            policy=self.contact_policy.policy(),
            ownership=tuple(rule.rule() for rule in self.ownership),
            levers=self.levers,
            epsilon=self.exploration.epsilon,
            most_per_category=self.diversity.most_per_category,
        )

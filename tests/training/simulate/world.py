"""A shop in one file: customers with known purchases, playbooks of a few lines, and what they would have told."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TypeAlias
from zoneinfo import ZoneInfo

from recommender.bundles import BundleMetadata, save_bundle
from recommender.catalog import CatalogItem
from recommender.engine.fallback import PopularityFallback
from recommender.events.vocabulary import (
    AnyEvent,
    ComplaintOpened,
    ConsentChange,
    OrderLine,
    Preference,
    Purchase,
    ServiceVisit,
    View,
)
from recommender.storage.log import EventLog
from recommender.types import CustomerId
from training.simulate.answers import Told
from training.simulate.plan import SidePlan, SimulationPlan
from training.simulate.preparing import Declared
from training.simulate.report import SimulationReport
from training.simulate.reporting import report_of
from training.simulate.running import Outcome, simulate
from training.simulate.sides import playbook_of
from training.simulate.window import Window, window_of
from training.simulate.workers import Workers

ITEMS = ("ring", "mug", "tea", "lamp")
FIRST = date(2024, 5, 1)
HEAD = """
[playbook]
name = "Shop"
currency = "EUR"

[channels.email]
direction = "outbound"

[channels.app]
direction = "inbound"

[contact_policy]
needs_consent = false
"""
WEEKLY_IF_WISHED = """
[[contact_policy.caps]]
contacts = 1
per = "7 days"
preference = { name = "how_often", value = "weekly" }
"""
WEEKLY = """
[[contact_policy.caps]]
contacts = 1
per = "7 days"
"""
THANKS = """
[[actions]]
id = "thanks"
kind = "thank_you"
value = 2.0
prior = 0.5
timing = { after = "1 hour", within = "20 days" }
"""
SORRY = """
[[actions]]
id = "sorry"
kind = "apology"
value = 6.0
prior = 0.5
cooldown.sent = "20 days"
timing.within = "10 days"
goodwill = { amount = 5.0, per_customer = 5.0, total = 10.0, per = "90 days" }
"""
CARE = """
[[service_plans]]
id = "care"
name = "Inspection"
items.item_ids = ["ring"]
first_after = "6 months"
lead = "10 days"
grace = "5 days"
satisfied_by = ["inspection"]
consequence = "the warranty"
value = 40.0

[[actions]]
id = "remind"
kind = "service_reminder"
prior = 0.5
channels = ["email"]
cooldown.sent = "30 days"
"""


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def bought(who: str, when: str, *items: str) -> Purchase:
    return Purchase(
        source="shop",
        event_id=f"{who}-{when}",
        occurred_at=at(when),
        customer_id=who,
        order_id=f"{who}-{when}",
        lines=tuple(OrderLine(item_id=item) for item in items),
    )


def consent(who: str, status: str, when: str = "2024-01-01T00:00") -> ConsentChange:
    return ConsentChange(
        source="shop",
        event_id=f"consent-{who}",
        occurred_at=at(when),
        customer_id=who,
        consent_channel="email",
        status=status,  # type: ignore[arg-type]  # one of the words of the vocabulary
    )


def complaint(who: str, when: str) -> ComplaintOpened:
    return ComplaintOpened(
        source="shop",
        event_id=f"complaint-{who}",
        occurred_at=at(when),
        customer_id=who,
        complaint_id=f"complaint-{who}",
    )


def visit(who: str, when: str) -> ServiceVisit:
    return ServiceVisit(
        source="shop",
        event_id=f"visit-{who}",
        occurred_at=at(when),
        customer_id=who,
        service_code="inspection",
        item_id="ring",
    )


def wish(who: str, value: str, when: str = "2024-01-01T00:00") -> Preference:
    return Preference(
        source="shop",
        event_id=f"wish-{who}-{when}",
        occurred_at=at(when),
        customer_id=who,
        name="how_often",
        value=value,
    )


def view(who: str, when: str) -> View:
    return View(
        source="shop", event_id=f"view-{who}-{when}", occurred_at=at(when), customer_id=who, item_id="mug"
    )


@dataclass(frozen=True)
class World:
    """A log, and the bundle of what sells in it."""

    log: EventLog
    url: str
    bundle: Path

    @classmethod
    def of(cls, folder: Path, events: Sequence[AnyEvent]) -> "World":
        url = f"sqlite:///{folder / 'log.sqlite'}"
        log = EventLog.open(url)
        log.append_bulk(events)
        log.put_items([CatalogItem(item_id=item, name=item.upper()) for item in ITEMS])
        models = PopularityFallback(log).models(at("2024-12-01T00:00"), log.catalogue())
        save_bundle(models, folder / "bundle", metadata=BundleMetadata())
        return cls(log, url, folder / "bundle")

    def plan(
        self,
        new: str,
        against: str | None = None,
        *,
        window: Window,
        channels: tuple[str, ...] = ("email",),
        accept_seed: int | None = None,
    ) -> SimulationPlan:
        other = None if against is None else against.encode()
        return SimulationPlan(
            log_url=self.url,
            bundle=str(self.bundle),
            model_version="1",
            sides=(SidePlan(new.encode(), channels), SidePlan(other, channels)),
            moments=window.moments,
            accept_seed=accept_seed,
            keeps_rows=True,
        )

    def outcome(self, plan: SimulationPlan, *, workers: int = 1) -> Outcome:
        everybody = [CustomerId(who) for who, _ in self.log.customers_changed_after(0)]
        with Workers(workers) as hands:
            return simulate(self.log, plan, everybody, workers=hands)

    def report(self, plan: SimulationPlan) -> SimulationReport:
        sides = [(Declared("p", one.content, playbook_of(one)), one) for one in plan.sides]
        window = days_from(FIRST, len(plan.moments))
        return report_of(self.outcome(plan), sides, window, ("10:00", "1", ()), self.log.numbers.id_of)

    def told(self, new: str, *, days: int = 21, hour: int = 10, **more: object) -> list[tuple[str, str, str]]:
        """Return who is told what, when."""
        plan = self.plan(new, window=days_from(FIRST, days, hour), **more)  # type: ignore[arg-type]
        return [said(row) for row in self.outcome(plan).rows(0)]


def days_from(first: date, days: int, hour: int = 10) -> Window:
    return window_of(days, time(hour), ZoneInfo("UTC"), first=first, last=first)


def said(row: Told) -> tuple[str, str, str]:
    when = datetime.fromtimestamp(row.at_s, UTC).strftime("%m-%d %H:%M:%S")
    return row.customer_id, when, row.action


NewWorld: TypeAlias = Callable[[Sequence[AnyEvent]], World]
"""Makes the world of some events; its log is closed after the test."""

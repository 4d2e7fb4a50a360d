"""A jeweller with a few goods, and customers whose events are written in days before now."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from recommender.actions import CustomerSituation, Moment, Proposal, Repertoire, proposals_in, repertoire_of
from recommender.catalog import CatalogItem, Catalogue
from recommender.customers import CustomerState, fold
from recommender.events.vocabulary import (
    AnyEvent,
    ComplaintOpened,
    ComplaintResolved,
    ContactReserved,
    ContactSent,
    Delivered,
    OrderLine,
    Purchase,
    Question,
    Return,
    ReturnLine,
    Review,
    ServiceVisit,
    SurveyAnswer,
)
from recommender.playbook.kinds import ActionKind
from recommender.playbook.model import Action, Playbook, ServicePlan, Timing
from recommender.types import SECONDS_PER_DAY, ItemId, ItemNumber

NOW = datetime(2025, 6, 15, 12, 0, tzinfo=UTC)
NOW_S = int(NOW.timestamp())
DAY = SECONDS_PER_DAY
UTC_ZONE = ZoneInfo("UTC")

ITEMS = (
    CatalogItem(
        item_id="RING",
        name="Ring Aurora",
        category=("Rings", "Gold"),
        item_group_id="aurora",
        price=Decimal(900),
        attributes={"care": "Take it off for sport.", "metal": "gold"},
    ),
    CatalogItem(item_id="RING-S", name="Ring Aurora small", category=("Rings",), item_group_id="aurora"),
    CatalogItem(item_id="CHAIN", name="Chain Vega", category=("Chains",), price=Decimal(120)),
    CatalogItem(
        item_id="WATCH", name="Watch Nord", category=("Watches",), attributes={"care": "Keep it dry."}
    ),
    CatalogItem(item_id="BOX", name="Box", price=Decimal(10), available=False),
    CatalogItem(item_id="POST", name="Postage", is_product=False),
)
UNDESCRIBED = "MUG"
NUMBERS = {ItemId(one): ItemNumber(n) for n, one in enumerate([*(i.item_id for i in ITEMS), UNDESCRIBED])}
SHOP = Catalogue.build(4, ITEMS, NUMBERS)


def days_ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def number(item_id: str) -> ItemNumber:
    return NUMBERS[ItemId(item_id)]


@dataclass
class Customer:
    """Events of one customer, added in the words of a shop assistant."""

    events: list[AnyEvent] = field(default_factory=list)

    def add(self, event: AnyEvent) -> "Customer":
        self.events.append(event)
        return self

    def _id(self) -> str:
        return f"e{len(self.events)}"

    def buys(
        self, *item_ids: str, ago: float, order: str | None = None, gift_for: str | None = None
    ) -> "Customer":
        lines = tuple(
            OrderLine(item_id=one, line_id=str(n), is_gift=gift_for is not None, recipient=gift_for)
            for n, one in enumerate(item_ids)
        )
        return self.add(
            Purchase(
                source="shop",
                event_id=self._id(),
                occurred_at=days_ago(ago),
                order_id=order or f"order-{ago}",
                lines=lines,
            )
        )

    def gets(self, order: str, ago: float, lines: tuple[str, ...] = ()) -> "Customer":
        return self.add(
            Delivered(
                source="shop",
                event_id=self._id(),
                occurred_at=days_ago(ago),
                order_id=order,
                line_ids=lines,
            )
        )

    def gives_back(self, item_id: str, ago: float) -> "Customer":
        return self.add(
            Return(
                source="shop",
                event_id=self._id(),
                occurred_at=days_ago(ago),
                lines=(ReturnLine(item_id=item_id),),
            )
        )

    def asks(
        self, ago: float, item: str | None = None, topic: str | None = None, order: str | None = None
    ) -> "Customer":
        return self.add(
            Question(
                source="shop",
                event_id=self._id(),
                occurred_at=days_ago(ago),
                text="?",
                item_id=item,
                order_id=order,
                topic=topic,
            )
        )

    def complains(
        self, ago: float, item: str | None = None, order: str | None = None, complaint: str = "c1"
    ) -> "Customer":
        return self.add(
            ComplaintOpened(
                source="shop",
                event_id=self._id(),
                occurred_at=days_ago(ago),
                complaint_id=complaint,
                item_id=item,
                order_id=order,
            )
        )

    def is_satisfied(self, ago: float, complaint: str = "c1") -> "Customer":
        return self.add(
            ComplaintResolved(
                source="shop", event_id=self._id(), occurred_at=days_ago(ago), complaint_id=complaint
            )
        )

    def reviews(self, item: str, rating: int | None, ago: float) -> "Customer":
        return self.add(
            Review(source="shop", event_id=self._id(), occurred_at=days_ago(ago), item_id=item, rating=rating)
        )

    def visits(self, code: str, ago: float, item: str | None = None) -> "Customer":
        return self.add(
            ServiceVisit(
                source="shop",
                event_id=self._id(),
                occurred_at=days_ago(ago),
                service_code=code,
                item_id=item,
            )
        )

    def answers(self, survey: str, score: float | None, ago: float) -> "Customer":
        return self.add(
            SurveyAnswer(
                source="shop",
                event_id=self._id(),
                occurred_at=days_ago(ago),
                survey_id=survey,
                score=score,
            )
        )

    def is_told(
        self,
        action: str,
        ago: float,
        item: str | None = None,
        request: str | None = None,
        subject: str | None = None,
    ) -> "Customer":
        return self.add(
            ContactSent(
                source="shop",
                event_id=self._id(),
                occurred_at=days_ago(ago),
                channel="email",
                action=action,
                item_id=item,
                subject=subject,
                request_id=request,
                decision_id=None if request is None else f"d-{request}",
            )
        )

    def is_promised(
        self, action: str, ago: float, request: str, item: str | None = None, amount: int | None = None
    ) -> "Customer":
        return self.add(
            ContactReserved(
                source="shop",
                event_id=self._id(),
                occurred_at=days_ago(ago),
                channel="email",
                action=action,
                item_id=item,
                decision_id=f"d-{request}",
                request_id=request,
                expires_at=days_ago(ago) + timedelta(hours=1),
                amount=None if amount is None else Decimal(amount),
            )
        )

    def state(self) -> CustomerState:
        return fold(self.events, NUMBERS, len(self.events), unit_items={number("WATCH")})


def action_of(kind: ActionKind, *, timing: Timing | None = None, **settings: object) -> Action:
    """Return an action that is called like its kind."""
    action = Action(kind.value, kind, timing=Timing() if timing is None else timing)
    return replace(action, **settings)  # type: ignore[arg-type]  # fields of Action


def repertoire_for(
    *actions: Action, plans: Sequence[ServicePlan] = (), currency: str | None = "EUR"
) -> Repertoire:
    playbook = Playbook("v1", "jeweller", currency=currency, actions=actions, plans=tuple(plans))
    return repertoire_of(playbook, SHOP)


def situation_of(
    customer: Customer, repertoire: Repertoire, *, moment: Moment | None = None
) -> CustomerSituation:
    return CustomerSituation(repertoire, customer.state(), moment or Moment(NOW_S, UTC_ZONE))


def proposed(
    customer: Customer, *actions: Action, now_s: int = NOW_S, zone: str = "UTC", request: str | None = None
) -> list[Proposal]:
    """Return what the actions propose to a customer."""
    moment = Moment(now_s, ZoneInfo(zone), request_id=request)
    return proposals_in(situation_of(customer, repertoire_for(*actions), moment=moment))


def said(proposal: Proposal) -> str:
    """Return what the customer would read."""
    return repertoire_for(proposal.action).wordings[proposal.action.id].say(proposal.words)

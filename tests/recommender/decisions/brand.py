"""A tiny shop with a playbook, and customers with whom something happened."""

from dataclasses import dataclass, replace

import msgspec

from recommender.actions import Repertoire, repertoire_of
from recommender.customers import CustomerState
from recommender.customers.dealings import StaffOverride
from recommender.decisions import Decision, DecisionRequest, decide
from recommender.decisions.circumstances import Circumstances
from recommender.playbook.conditions import compile_condition
from recommender.playbook.kinds import ActionKind
from recommender.playbook.model import Action, Channel, Condition, Playbook
from recommender.types import DecisionId
from tests.recommender.decisions.tiny_shop import NOW_S, Shop

DAY = 86_400
OFFER = Action("offer", ActionKind.PRODUCT_OFFER, value=20.0)
AGAIN = Action("again", ActionKind.BUY_AGAIN, value=20.0)
THANKS = Action("thanks", ActionKind.THANK_YOU, text="Thank you for {item}.", value=3.0, prior=0.5)
CHANNELS = {"email": Channel("email", "outbound", 0.5), "web": Channel("web", "inbound")}
BY_EMAIL = DecisionRequest(k=5, channel="email")


@dataclass(frozen=True)
class Brand:
    shop: Shop
    repertoire: Repertoire

    def decide(
        self,
        state: CustomerState,
        request: DecisionRequest | None = None,
        *,
        now_s: int = NOW_S,
        decision_id: str = "decision-1",
        circumstances: Circumstances | None = None,
    ) -> Decision:
        return decide(
            state,
            DecisionRequest() if request is None else request,
            self.shop.models,
            self.shop.assortment,
            now_s=now_s,
            decision_id=DecisionId(decision_id),
            repertoire=self.repertoire,
            circumstances=circumstances,
        )

    def said(
        self,
        state: CustomerState,
        request: DecisionRequest | None = None,
        *,
        now_s: int = NOW_S,
        decision_id: str = "decision-1",
    ) -> list[str]:
        """Return action ids in slate order, with the item where it is a product."""
        return [
            one.action_id if one.fact else f"{one.action_id} {self.shop.item_id(one.item or 0)}"
            for one in self.decide(state, request, now_s=now_s, decision_id=decision_id).actions
        ]

    def with_book(self, **changes: object) -> "Brand":
        book = replace(self.repertoire.playbook, **changes)  # type: ignore[arg-type]  # fields of Playbook
        return Brand(self.shop, repertoire_of(book, self.shop.catalogue))


def brand_of(shop: Shop, *actions: Action, **book: object) -> Brand:
    playbook = Playbook("v1", "shop", actions=actions, channels=CHANNELS)
    return Brand(shop, repertoire_of(playbook, shop.catalogue)).with_book(**book)


def met(state: CustomerState, **dealings: object) -> CustomerState:
    """Return a customer with whom more happened."""
    return replace(state, dealings=msgspec.structs.replace(state.dealings, **dealings))


def when(text: str, *, about_item: bool = False) -> Condition:
    return compile_condition(text, about_item=about_item)


def override(
    kind: str, action: str | None = None, number: int | None = None, **more: object
) -> StaffOverride:
    word = StaffOverride(
        kind="hold_all",
        author="ann",
        reason="she rang",
        at_s=NOW_S - 100,
        expires_s=NOW_S + 100,
        action=action,
        number=number,
        amount=None,
        currency=None,
        event_id="e7",
    )
    return msgspec.structs.replace(word, kind=kind, **more)

"""Two workers of one installation under a playbook, and what requests are answered there."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from recommender.candidates.assortment import FALLBACK
from recommender.decisions.request import DecisionRequest
from recommender.engine.engine import Engine
from recommender.engine.outbound import RequestAnswer
from recommender.engine.settings import Settings
from recommender.events.vocabulary import (
    AnyEvent,
)
from recommender.types import CustomerId
from tests.recommender.engine.shops import ANN, order
from tests.valkey import Valkey

START = datetime(2026, 5, 1, 12, tzinfo=UTC)


PLAYBOOK = """[playbook]
name = "Shop"
currency = "EUR"

[channels.web]
direction = "inbound"

[channels.email]
direction = "outbound"

[channels.sms]
direction = "outbound"

[contact_policy]
needs_consent = false
reservation = "1 hour"

[[contact_policy.caps]]
contacts = 1
per = "7 days"
except_kinds = ["apology"]

[[actions]]
id = "for-you"
kind = "product_offer"
value = 10.0


[[actions]]
id = "sorry"
kind = "apology"
value = 100.0
prior = 0.9
goodwill = { amount = 20.0, per_customer = 20.0, total = 20.0, per = "365 days" }
"""


VISIT = """
[[actions]]
id = "see-you"
kind = "appointment"
value = 50.0
prior = 0.9
text = "We expect you on {date} at {time}."
timing.lead = "2 days"
"""


class Shop:
    """Two workers of one installation under a playbook, with a clock that a test moves."""

    def __init__(self, home: Path, valkey: Valkey, playbook: str | None) -> None:
        home.mkdir()
        if playbook is not None:
            (home / "playbook.toml").write_text(playbook)
        self.now = START
        settings = Settings.load(home=home, redis_url=valkey.url)
        self.workers = [Engine.open(settings, clock=lambda: self.now) for _ in range(2)]
        self.engine = self.workers[0]
        self.engine.append(
            [
                order(f"c{n}", f"o{n}", item, at=START - timedelta(days=9))
                for n, item in enumerate(("mug", "pot", "cup"))
            ]
        )
        self._numbers = 0

    def ask(
        self, request_id: str | None, customer_id: CustomerId = ANN, *, worker: int = 0, **asked: Any
    ) -> RequestAnswer:
        """Ask for one request, in an event loop of its own."""
        engine = self.workers[worker]
        snapshot = engine.snapshot_for(engine.popularity_fallback(self.now), FALLBACK)
        given: dict[str, Any] = {"k": 2, "channel": "email", "request_id": request_id} | asked
        request = DecisionRequest(**given)

        async def once() -> RequestAnswer:
            try:
                return await engine.decide_outbound(customer_id, request, snapshot)
            finally:
                await engine._parts.store.aclose()

        return asyncio.run(once())

    def tell(self, kind: Any, customer_id: CustomerId = ANN, **said: Any) -> None:
        """Append one event that happens now."""
        self._numbers += 1
        name = f"e{self._numbers}"
        self.engine.append(
            [kind(source="test", event_id=name, occurred_at=self.now, customer_id=customer_id, **said)]
        )

    def reserved(self, customer_id: CustomerId = ANN) -> list[AnyEvent]:
        found = self.engine.log.events_of(customer_id, kinds=["contact_reserved"])
        return [one.event for one in found]

    def after(self, **span: float) -> None:
        self.now += timedelta(**span)


def said(answer: RequestAnswer) -> list[tuple[str, int | None]]:
    actions = [answer.decision.actions[rank - 1] for rank in answer.ranks]
    return [(one.action_id, one.item) for one in actions]


def subjects(answer: RequestAnswer) -> list[str]:
    return [answer.decision.actions[rank - 1].subject for rank in answer.ranks]

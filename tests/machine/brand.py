"""Two workers of one installation with a clock that jumps, and everything that was answered."""

import asyncio
import random
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, TypeVar

from recommender.candidates.assortment import FALLBACK
from recommender.catalog import CatalogItem
from recommender.customers.state import CustomerState
from recommender.decisions.decision import Decision, ScoredAction
from recommender.decisions.receipts import decode_receipt, encode_receipt
from recommender.decisions.request import DecisionRequest
from recommender.engine.engine import Engine
from recommender.engine.outbound import RequestAnswer
from recommender.engine.settings import Settings
from recommender.engine.snapshots import Snapshot
from recommender.errors import CustomerErasedError, GoodwillRefusedError
from recommender.events.vocabulary import AnyEvent, OrderLine, Purchase
from recommender.storage.results import StoredEvent
from recommender.types import CustomerId
from tests.machine.house_rules import ITEM_IDS, ITEMS, HouseRules, playbook_of
from tests.machine.persons import Link, person_of

START: Final = datetime(2025, 1, 6, 11, tzinfo=UTC)
"""A Monday."""

WORKERS: Final = 2
_T = TypeVar("_T")


@dataclass(frozen=True, repr=False)
class Answered:
    """One decision, with what it was made from and what is stored of it."""

    customer_id: CustomerId
    decision: Decision
    request: DecisionRequest
    snapshot: Snapshot
    stored: bytes

    def said(self, ranks: tuple[int, ...]) -> list[ScoredAction]:
        return [self.decision.actions[rank - 1] for rank in ranks]


class Brand:
    """One installation under one set of house rules; customers and clock are the machine's."""

    def __init__(self, home: Path, redis_url: str, rules: HouseRules) -> None:
        home.mkdir()
        (home / "playbook.toml").write_text(playbook_of(rules))
        self.rules = rules
        self.now = START
        self._dice = random.Random()
        settings = Settings.load(home=home, redis_url=redis_url)
        self.loop = asyncio.new_event_loop()
        self.workers = [
            Engine.open(settings, clock=lambda: self.now, random=self._dice.randbytes) for _ in range(WORKERS)
        ]
        self._snapshots: dict[int, Snapshot] = {}
        self._open_shop()
        self.models = self.workers[0].popularity_fallback(self.now)
        for worker in self.workers:
            worker.tend()

    def begin_again(self, run: int, subjects: list[CustomerId]) -> None:
        """Set back what all customers share, clock and stock; decision ids, and the ids of customers, are others in every run."""
        self.now = START
        self.subjects = subjects
        self._dice.seed(run)
        if self._gone:
            self.describe(())

    def _open_shop(self) -> None:
        self.describe(())
        self.workers[0].append([self._stranger(place, item) for place, item in enumerate(ITEM_IDS)])

    @staticmethod
    def _stranger(place: int, item_id: str) -> Purchase:
        return Purchase(
            source="test",
            event_id=f"stranger-{place}",
            occurred_at=START - timedelta(days=place + 1),
            customer_id=f"stranger-{place}",
            order_id=f"s-{place}",
            lines=(OrderLine(item_id=item_id),),
        )

    def describe(self, gone: tuple[str, ...]) -> None:
        """Write the catalogue, with some items not available."""
        self._gone = gone
        described = [CatalogItem(**item, available=item["item_id"] not in gone) for item in ITEMS]  # type: ignore[arg-type]  # plain values by name
        self.workers[0].put_items(described)

    def close(self) -> None:
        for worker in self.workers:
            self.run(worker._parts.store.aclose())
            worker.close()
        self.loop.close()

    def run(self, doing: Coroutine[Any, Any, _T]) -> _T:
        return self.loop.run_until_complete(doing)

    # Reading

    def told(self, customer_id: CustomerId) -> list[StoredEvent]:
        """Return the events of one id in the order in which they were told."""
        return sorted(self.workers[0].log.events_of(customer_id), key=lambda one: one.seq)

    def history(self, customer_id: CustomerId, up_to: int | None = None) -> list[StoredEvent]:
        """Return the events of the person that a customer is, up to a place in the log, in the order in which they were told."""
        everything = self._told_up_to(up_to)
        person = person_of(customer_id, everything)
        return [one for one in everything if one.event.customer_id in person]

    def person(self, customer_id: CustomerId, up_to: int | None = None) -> set[str]:
        """Return all ids of the person that a customer is, or was when the log had got to a place."""
        return person_of(customer_id, self._told_up_to(up_to))

    def knows_links(self) -> bool:
        """Whether anybody was ever linked with anybody in this run."""
        return any(isinstance(one.event, Link) for one in self._told_up_to(None))

    def _told_up_to(self, place: int | None) -> list[StoredEvent]:
        told = [one for who in self.subjects for one in self.told(who)]
        return sorted((one for one in told if place is None or one.seq <= place), key=lambda one: one.seq)

    def version(self, customer_id: CustomerId) -> int:
        return self.workers[0].log.version_of(customer_id)

    def state(self, customer_id: CustomerId, worker: int = 0) -> CustomerState:
        return self.run(self.workers[worker].read_state(customer_id))

    def folded(self, events: list[AnyEvent], version: int) -> CustomerState:
        return self.workers[0].fold(events, version)

    def item_id(self, number: int | None) -> str | None:
        return None if number is None else self.workers[0].log.numbers.id_of(number)

    # Deciding

    def snapshot(self, worker: int) -> Snapshot:
        engine = self.workers[worker]
        if not engine.is_catalogue_current():
            engine.refresh_catalogue()
        snapshot = engine.snapshot_for(self.models, FALLBACK)
        return self._snapshots.setdefault(snapshot.assortment.catalogue.version, snapshot)

    def preview(self, customer_id: CustomerId, request: DecisionRequest, worker: int) -> Answered:
        """Decide without reserving anything."""
        engine, snapshot = self.workers[worker], self.snapshot(worker)
        state = self.state(customer_id, worker)
        request = self.run(engine.with_goodwill_left(customer_id, state, request, snapshot))
        decision = engine.decide(state, request, snapshot, self.now, customer_id)
        return Answered(customer_id, decision, request, snapshot, encode_receipt(decision, request))

    def ask_all(
        self,
        customer_id: CustomerId,
        requests: list[DecisionRequest],
        meanwhile: list[AnyEvent],
        leaving: int | None = None,
    ) -> list[RequestAnswer | None]:
        """Ask for several contacts of one customer at once, by turns of the workers, while something happens.

        With ``leaving`` that worker erases the customer at the same moment. Return None for what is refused as they are
        erased.
        """
        snapshots = [self.snapshot(worker) for worker in range(WORKERS)]

        async def ask(place: int, request: DecisionRequest) -> RequestAnswer | None:
            worker = place % WORKERS
            with suppress(CustomerErasedError):
                return await self.workers[worker].decide_outbound(customer_id, request, snapshots[worker])
            return None

        async def happen() -> None:
            told = [self.workers[-1].append_async([event]) for event in meanwhile]
            gone = [] if leaving is None else [asyncio.to_thread(self.workers[leaving].erase, customer_id)]
            await asyncio.gather(*told, *gone)

        async def all_at_once() -> list[RequestAnswer | None]:
            happening = asyncio.create_task(happen())
            answers = await asyncio.gather(*[ask(*one) for one in enumerate(requests)])
            await happening
            return answers

        return self.run(all_at_once())

    def tell(self, *events: AnyEvent) -> None:
        for result in self.workers[0].append(events):
            is_refused = isinstance(result.refused, GoodwillRefusedError)
            assert is_refused or result.status in ("accepted", "duplicate"), result

    def tell_in_vain(self, event: AnyEvent) -> None:
        """Tell what names somebody who was erased."""
        (result,) = self.workers[0].append([event])
        assert (result.status, result.seq) == ("suppressed", 0)

    def remembered(self, customer_id: CustomerId, answer: RequestAnswer) -> Answered:
        """Return an answer with what is stored of it, which is durable when it is given."""
        decision = answer.decision
        stored = self.workers[0].log.receipt(decision.decision_id)
        assert stored is not None, "an answer without a receipt"
        snapshot = self._snapshots[decision.catalogue_version]
        request = decode_receipt(stored.content).request
        return Answered(customer_id, decision, request, snapshot, stored.content)

"""The engine: the one place where log, state store, catalogue, models and decisions meet."""

import asyncio
import os
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import ExitStack, suppress
from datetime import datetime
from typing import Self

from recommender.catalog.catalogue import Catalogue
from recommender.catalog.items import CatalogItem
from recommender.catalog.ownership import OwnershipRule
from recommender.catalog.patching import ItemPatch
from recommender.catalog.promotion import Promotion
from recommender.catalog.promotion_columns import PromotionColumns
from recommender.customers.state import CustomerState
from recommender.decisions.decision import Decision
from recommender.decisions.request import DecisionRequest
from recommender.engine.append_stages import EventResult
from recommender.engine.appending import AppendPath
from recommender.engine.bulk import BulkLoading
from recommender.engine.bulk_guard import BulkGuard
from recommender.engine.deciding import Deciding
from recommender.engine.erasing import Erased, Erasing
from recommender.engine.foundations import Foundations
from recommender.engine.naming import ActionNaming
from recommender.engine.outbound import Outbound, RequestAnswer
from recommender.engine.parts import EngineParts, open_parts
from recommender.engine.patience import in_time
from recommender.engine.periodic import Periodic
from recommender.engine.playbooks import PlaybookFollower
from recommender.engine.projection import Projector
from recommender.engine.reading import StateReading
from recommender.engine.rebuilding import Progress
from recommender.engine.receipts import ReceiptBuffer
from recommender.engine.recovery import Recovery
from recommender.engine.reservation import budgets_of, without_spent
from recommender.engine.settings import Settings
from recommender.engine.snapshots import Snapshot
from recommender.engine.telling_once import OneEvent, told_once
from recommender.engine.tending import StateTending
from recommender.errors import StateUnavailableError
from recommender.events.validation import check_event
from recommender.events.vocabulary import AnyEvent
from recommender.models.fitted import FittedModels
from recommender.storage.clock import utc_now
from recommender.storage.promotion_rows import PromotionsWritten
from recommender.storage.results import BulkCount, ItemCount
from recommender.storage.terms import Terms
from recommender.types import CustomerId, ModelVersion

TEND_SECONDS = 1.0
REFRESH_SECONDS = 0.5
RECEIPTS_SECONDS = 0.5


class Engine:
    """Appends, reads, decides and remembers, for one installation. Open it with :meth:`open`; one per process.

    Examples
    --------
    >>> import tempfile
    >>> from datetime import UTC
    >>> from recommender.events.vocabulary import OrderLine, Purchase
    >>> order = Purchase(source="shop", event_id="1", occurred_at=datetime(2024, 5, 1, tzinfo=UTC),
    ...                  customer_id="ada", order_id="A1", lines=(OrderLine(item_id="mug"),))
    >>> folder = tempfile.TemporaryDirectory()
    >>> engine = Engine.open(Settings.load(home=folder.name))
    >>> [result.status for result in engine.append([order])]
    ['accepted']
    >>> engine.state_from_log(CustomerId("ada")).orders
    1
    >>> engine.close()
    >>> folder.cleanup()
    """

    def __init__(
        self, parts: EngineParts, clock: Callable[[], datetime], random: Callable[[int], bytes]
    ) -> None:
        self.home = parts.home
        self.log = parts.log
        self._parts = parts
        self._clock = clock
        self.deciding = Deciding(parts.log, clock, random)
        guard = BulkGuard(parts.home.run / "bulk.lock")
        self.playbooks = PlaybookFollower(parts.log, parts.playbook)
        parts.log.limit_goodwill(lambda: budgets_of(self.playbooks.current))
        self._foundations = Foundations(parts.log, parts.ahead, self.playbooks, clock)
        self._projector = Projector(parts.log, parts.store, self._foundations.planned)
        self.receipts = ReceiptBuffer(parts.log)
        self._naming = ActionNaming(parts.log, self.receipts, clock)
        self._bulk = BulkLoading(parts.log, parts.store, self._projector, parts.ahead, guard)
        recovery = Recovery(parts.log, parts.store, self._projector, parts.ahead, guard)
        self._tending = StateTending(recovery, parts.private)
        self._tender = Periodic(
            "rapport-state", self._tending.tend, seconds=TEND_SECONDS, shortest_seconds=0.2
        )
        self._refresher = Periodic("rapport-catalogue", self._foundations.follow, seconds=REFRESH_SECONDS)
        self._writer = Periodic("rapport-receipts", self.receipts.flush, seconds=RECEIPTS_SECONDS)
        self._reading = StateReading(parts.store, self._projector, parts.ahead, self._tender.poke)
        self._appending = AppendPath(parts.log, parts.store, self._projector, parts.ahead, self._tender.poke)
        self.erasing = Erasing(
            parts.log, parts.store, self._projector, parts.ahead, self.receipts, self._tender.poke
        )
        self._outbound = Outbound(parts.log, self._reading, self._appending, self.deciding)

    @classmethod
    def open(
        cls,
        settings: Settings,
        *,
        clock: Callable[[], datetime] = utc_now,
        random: Callable[[int], bytes] = os.urandom,
    ) -> "Engine":
        """Open the installation that the settings name.

        Parameters
        ----------
        clock
            Says what time it is, aware UTC.
        random
            Returns so many random bytes, for decision ids.

        Raises
        ------
        LogUnavailableError
            The log cannot be opened. A state store that does not answer is no error: the log answers instead.
        InvalidInputError
            The home cannot be used.
        """
        return cls(open_parts(settings, clock), clock, random)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc_info: object) -> None:
        self.close()

    async def aclose(self) -> None:
        """Close the connections of the running event loop, then everything else."""
        await self._parts.store.aclose()
        await asyncio.to_thread(self.close)

    def close(self) -> None:
        """Finish what was submitted, write the receipts, and let go of everything."""
        parts = self._parts
        with ExitStack() as last_first:
            if parts.private is not None:
                last_first.callback(parts.private.stop)
            for part in (parts.ahead, parts.store, self.log):
                last_first.callback(part.close)
            last_first.callback(self.receipts.flush)
            for thread in (self._writer, self._refresher, self._tender, self._appending):
                last_first.callback(thread.close)
            self._tending.stop()

    # Events

    def append(self, events: Sequence[AnyEvent], *, atomic: bool = False) -> tuple[EventResult, ...]:
        """Append events; when it returns they are durable, and every worker's next answer knows them.

        Raises
        ------
        InvalidEventError
            An event does not fit; none was written.
        EventConflictError
            With ``atomic``: some event conflicts; none was written.
        LogUnavailableError
            The log cannot be written; nothing was acknowledged.
        """
        named = self._naming.named(self._checked(events))
        return named.noted(self._appending.submit(named.events, atomic=atomic).result())

    async def append_async(
        self, events: Sequence[AnyEvent], *, atomic: bool = False
    ) -> tuple[EventResult, ...]:
        """Do as :meth:`append` without blocking the event loop."""
        named = await self._naming.named_async(self._checked(events))
        return named.noted(await asyncio.wrap_future(self._appending.submit(named.events, atomic=atomic)))

    def append_if(self, events: Sequence[AnyEvent], terms: Terms) -> tuple[EventResult, ...]:
        """Append events only if the terms hold, with what the terms bring; see :meth:`EventLog.append_if`.

        Raises
        ------
        CustomerMovedError, RequestAnsweredError, GoodwillRefusedError, EventConflictError
            What did not hold; nothing was written.
        """
        return self._appending.submit(self._checked(events), terms=terms).result()

    async def append_if_async(self, events: Sequence[AnyEvent], terms: Terms) -> tuple[EventResult, ...]:
        """Do as :meth:`append_if` without blocking the event loop."""
        return await asyncio.wrap_future(self._appending.submit(self._checked(events), terms=terms))

    def append_bulk(self, events: Iterable[AnyEvent]) -> BulkCount:
        """Append any number of events that were checked, as fast as possible, and project them at the end."""
        return self._bulk.append(self._naming.named_in_bulk(events))

    def _checked(self, events: Sequence[AnyEvent]) -> list[AnyEvent]:
        now = self._clock()
        return [check_event(event, now=now) for event in events]

    # States

    async def read_state(self, customer_id: CustomerId) -> CustomerState:
        """Return what is known of a customer, everything that was acknowledged included; version 0 when unknown.

        Raises
        ------
        LogUnavailableError
            The state store could not be believed and the log does not answer.
        """
        return await self._reading.read(customer_id)

    async def read_unerased_state(self, customer_id: CustomerId) -> CustomerState:
        """Return the same as :meth:`read_state` of whoever was not erased.

        Raises
        ------
        CustomerErasedError
            The customer was erased, and has not come back.
        LogUnavailableError
            Neither state store nor log can say.
        """
        state = await self.read_state(customer_id)
        if state.version == 0:
            await in_time(self.log, self.erasing.refuse, customer_id)
        return state

    def state_from_log(self, customer_id: CustomerId, *, until: datetime | None = None) -> CustomerState:
        """Return the state of a customer from the log alone, as of ``until`` (exclusive) when it is given."""
        if until is None:
            return self._projector.from_log(customer_id)
        history = self.log.histories_of([customer_id], until=until)[customer_id]
        return self._projector.fold(history.events, history.version)

    def fold(self, events: Iterable[AnyEvent], version: int) -> CustomerState:
        """Fold all events of one customer as they would be for a decision now."""
        return self._projector.fold(events, version)

    async def recover(self) -> bool:
        """Look after the state store now; say whether it can be believed."""
        return await asyncio.to_thread(self.tend)

    def tend(self) -> bool:
        """Look after the state store now; say whether it can be believed. Never raises for a store that is away."""
        with suppress(StateUnavailableError):
            self._tending.tend()
        return self.state_is_trusted

    def rebuild(self, progress: Progress | None = None) -> int:
        """Recreate every state from the log and return how many customers have one.

        Raises
        ------
        StateUnavailableError
            The store cannot be written.
        """
        return self._bulk.rebuild(progress)

    @property
    def state_is_trusted(self) -> bool:
        """Whether answers come from the state store (otherwise from the log, which is slower and as right)."""
        return self._tending.is_trusted and self._parts.ahead.is_clear()

    # Erasing

    def erase(self, customer_id: CustomerId, reason: str | None = None) -> Erased:
        """Erase a customer for good, and keep their events out from then on; see :class:`Erasing`. Blocks.

        Raises
        ------
        InvalidRequestError
            The id, or the reason, does not fit.
        LogUnavailableError
            The log cannot be written; nothing was removed.
        """
        return self.erasing.erase(customer_id, reason)

    # Catalogue and playbook; see Foundations for what each of these does

    def catalogue(self) -> Catalogue:
        """Return the catalogue: own changes at once, those of other processes within a second."""
        return self._foundations.catalogue()

    def is_catalogue_current(self) -> bool:
        """Whether no process of this machine is known to have a newer catalogue; costs nothing."""
        return self._foundations.is_catalogue_current()

    def refresh_catalogue(self) -> None:
        """Read the catalogue if it changed, and bring every snapshot to it. Blocks: call it in a thread."""
        self._foundations.refresh_catalogue()

    def put_items(self, items: Sequence[CatalogItem]) -> int:
        """Write items, all or, when one does not fit, none; return the version of the catalogue that has them."""
        return self._foundations.put_items(items)

    def patch_items(self, patches: Sequence[ItemPatch]) -> ItemCount:
        """Change some fields of known items, of all or, when one is not known or does not fit, of none."""
        return self._foundations.patch_items(patches)

    def upsert_items(self, patches: Sequence[ItemPatch]) -> ItemCount:
        """Do as :meth:`patch_items`, and add the items that are not known."""
        return self._foundations.upsert_items(patches)

    def put_ownership(self, rules: Sequence[OwnershipRule]) -> int:
        """Replace the ownership rules and return the version of the catalogue."""
        return self._foundations.put_ownership(rules)

    def put_promotions(self, promotions: Iterable[Promotion]) -> PromotionsWritten:
        """Write promotions, adding to those that are there."""
        return self._foundations.put_promotions(promotions)

    def withdraw_promotions(self, kept: Collection[Promotion]) -> PromotionsWritten:
        """Call off, as of now, every promotion that has not ended and is not among ``kept``."""
        return self._foundations.withdraw_promotions(kept)

    def promotion_columns(self, now: datetime, kinds: tuple[str, ...], window_s: int) -> PromotionColumns:
        """Return what is promoted at ``now``, for a ranker that learned these kinds and this window."""
        return self._foundations.promotion_columns(now, kinds, window_s)

    def snapshot_for(self, models: FittedModels, model_version: ModelVersion) -> Snapshot:
        """Return the models over the present playbook and catalogue; cheap, except for a new bundle."""
        return self._foundations.snapshot_for(models, model_version)

    def popularity_fallback(self, now: datetime) -> FittedModels:
        """Return what sells, from the log alone: what is served while there is no model. Takes seconds at first."""
        return self._foundations.popularity_fallback(now)

    # Decisions

    def decide(
        self,
        state: CustomerState,
        request: DecisionRequest,
        snapshot: Snapshot,
        now: datetime,
        customer_id: CustomerId | None = None,
    ) -> Decision:
        """Decide what to say to a customer at ``now``; ``customer_id`` is None for nobody in particular.

        Raises
        ------
        InvalidRequestError
            The request does not fit.
        """
        return self.deciding.decide(state, request, snapshot, now, customer_id)

    async def tell_once(self, event: OneEvent, *, is_dated: bool) -> tuple[OneEvent, bool]:
        """Write an event once per identity; return it, and whether it is new. See :func:`told_once`.

        Raises
        ------
        InvalidEventError, EventConflictError, GoodwillSpentError
            It does not fit; another event has its identity; it grants more goodwill than a budget allows.
        """
        check_event(event, now=self._clock())
        return await told_once(self.log, self._append_all, event, is_dated=is_dated)

    async def _append_all(self, events: Sequence[AnyEvent]) -> object:
        return await asyncio.wrap_future(self._appending.submit(events, atomic=True))

    async def with_goodwill_left(
        self,
        customer_id: CustomerId | None,
        state: CustomerState,
        request: DecisionRequest,
        snapshot: Snapshot,
    ) -> DecisionRequest:
        """Return a request that offers no goodwill that is spent; what is offered is reserved by a request only."""
        if customer_id is None or not state.dealings.complaints:
            return request
        return await in_time(self.log, without_spent, self.log, customer_id, request, snapshot.playbook)

    async def decide_outbound(
        self, customer_id: CustomerId, request: DecisionRequest, snapshot: Snapshot
    ) -> RequestAnswer:
        """Answer a request that has a ``request_id`` once, durably: see :meth:`Outbound.answer`.

        Raises
        ------
        InvalidRequestError
            It does not fit, or has no ``request_id``.
        ConflictError
            Its id was used for another channel.
        CrowdedError
            The customer changed too often; nothing is reserved.
        LogUnavailableError
            Nothing could be written; nothing is reserved.
        """
        return await self._outbound.answer(customer_id, request, snapshot)

    def record(
        self, decision: Decision, request: DecisionRequest, customer_id: CustomerId | None = None
    ) -> None:
        """Keep the receipt of an inbound decision; it is durable within a second."""
        self.receipts.add(decision, request, customer_id)

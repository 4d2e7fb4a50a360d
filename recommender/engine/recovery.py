"""Making the state store trustworthy again, by itself.

A store is believed while its epoch is the run id of the server that answers and this machine's mark is clear. After a
restart, a failover, a flush or an older file one of them is not so, and every reader asks the log. The recovery then projects
what changed after the checkpoint *in that very store* (an older file has an older checkpoint), and everything in the
outbox, and begins an epoch. A store that lost its checkpoint, is far behind, or is older than the last erasure is emptied
instead: what is missing is looked up in the log, one customer at a time. Of a store that is believed, the checkpoint is moved
along with the log, and what homes with other stores wrote meanwhile is projected (:mod:`recommender.engine.following`).
"""

from collections.abc import Callable, Iterable

from recommender.engine.ahead import LogAhead
from recommender.engine.bulk_guard import BulkGuard
from recommender.engine.following import Following
from recommender.engine.projection import Projector
from recommender.storage.log import EventLog
from recommender.storage.state_store import StateStore, StoreHealth
from recommender.types import CustomerId

FAR_BEHIND = 20_000
"""Events after the checkpoint beyond which emptying the store is quicker than projecting them."""
_LOCK_SECONDS = 10.0


class Recovery:
    """Looks after the store, once a second, in one worker at a time."""

    def __init__(
        self, log: EventLog, store: StateStore, projector: Projector, ahead: LogAhead, guard: BulkGuard
    ) -> None:
        self._log = log
        self._store = store
        self._projector = projector
        self._ahead = ahead
        self._guard = guard
        self._following = Following(log, store)
        self._seen_before: frozenset[tuple[CustomerId, int]] = frozenset()
        self._is_stopped = False
        self._recoveries = 0

    @property
    def recoveries(self) -> int:
        """How often this process brought a store up to date that was not."""
        return self._recoveries

    def stop(self) -> None:
        """Give up what is running after its present batch; another worker, or the next start, goes on."""
        self._is_stopped = True

    def tend(self) -> bool | None:
        """Do what is needed, and say whether the store can be believed now; ``None`` when another is at it.

        Raises
        ------
        StateUnavailableError, LogUnavailableError
            One of them does not answer; to be tried again later.
        """
        with self._guard.recovering() as may:
            if not may:
                return None
            raised = self._ahead.raised()
            health = self._store.health()
            if self._is_behind(health):
                return self._recover(health, raised)
            return self._sweep(health, raised)

    def _is_behind(self, health: StoreHealth) -> bool:
        # A checkpoint beyond the log means that the log was replaced under the store.
        return not health.current or health.checkpoint is None or health.checkpoint > self._log.head()

    def _recover(self, health: StoreHealth, raised: int) -> bool | None:
        with self._store.recovery_lock(health.run_id, seconds=_LOCK_SECONDS) as extend:
            if extend is None:
                return None
            head = self._log.head()
            checkpoint = health.checkpoint
            if checkpoint is None or self._is_hopeless(checkpoint, head):
                self._store.forget_all()
            elif not self._project(self._log.customers_changed_after(checkpoint), extend):
                return False
            pending = self._log.pending()
            return self._project(pending, extend) and self._begin(health.run_id, head, pending, raised)

    def _is_hopeless(self, checkpoint: int, head: int) -> bool:
        """Whether emptying the store is the only way, or quicker.

        Who was erased after its checkpoint may be in it, and the log does not know any more who that was.
        """
        is_far = not 0 <= head - checkpoint <= FAR_BEHIND
        return is_far or self._log.erasures.last_seq() > checkpoint

    def _begin(self, run_id: str, head: int, pending: Iterable[tuple[CustomerId, int]], raised: int) -> bool:
        if not self._store.begin_epoch(run_id, head):
            return False
        self._log.projected(pending)
        self._ahead.settle(raised)
        self._recoveries += 1
        return True

    def _project(self, pairs: Iterable[tuple[CustomerId, int]], extend: Callable[[], bool]) -> bool:
        return all(extend() and not self._is_stopped for _ in self._projector.project(pairs))

    def _sweep(self, health: StoreHealth, raised: int) -> bool | None:
        """Project what failed, what crashed workers left (rows that were there a second ago), and what others wrote."""
        head = self._log.head()
        pending = self._log.pending()
        is_clear = self._ahead.is_clear()
        due = [row for row in pending if not is_clear or row in self._seen_before]
        self._seen_before = frozenset(pending)
        checkpoint = health.checkpoint or 0
        if due or not is_clear or head > checkpoint:
            with self._store.recovery_lock(health.run_id, seconds=_LOCK_SECONDS) as extend:
                if extend is None:
                    return None
                if not (self._follow(checkpoint, extend) and self._project(due, extend)):
                    return False
            self._log.projected(due)
            self._ahead.settle(raised)
        self._note_checkpoint(health, head, pending)
        return True

    def _follow(self, checkpoint: int, extend: Callable[[], bool]) -> bool:
        """Bring what the store holds up to what the log had when this was called."""
        behind = self._following.behind(checkpoint, lambda: extend() and not self._is_stopped)
        if behind is None:
            return False
        if len(behind) > FAR_BEHIND:
            self._store.forget_all()
            return True
        return self._project(behind.items(), extend)

    def _note_checkpoint(
        self, health: StoreHealth, head: int, pending: Iterable[tuple[CustomerId, int]]
    ) -> None:
        oldest = min((version for _, version in pending), default=head + 1)
        reached = min(head, oldest - 1)
        if health.checkpoint is None or reached > health.checkpoint:
            self._store.set_checkpoint(health.run_id, reached)

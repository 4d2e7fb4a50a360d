"""What other homes wrote into the same log: whom the own state store holds as they were before.

A home brings what it appends into its own store before it answers. Another machine with a store of its own cannot know of
that, so every home compares: the checkpoint of its store with the log, and what the store holds with the versions beyond.
Places in the log are given out in the order of commits, so that nothing can appear behind a checkpoint later. Whom the
store does not hold needs nothing: the next reader asks the log. A marker proves nothing, as its writer may have read the log
too early; who has one is projected anew, and then that writer writes nothing.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from recommender.engine.projection import BATCH, batches
from recommender.storage.log import EventLog
from recommender.storage.state_store import StateStore
from recommender.types import CustomerId


@dataclass(frozen=True, slots=True)
class Following:
    """Compares one state store with the log."""

    log: EventLog
    store: StateStore

    def behind(self, checkpoint: int, go_on: Callable[[], bool]) -> dict[CustomerId, int] | None:
        """Return whom the store holds from before their newest event, with its place; 0 for who was erased.

        Parameters
        ----------
        checkpoint
            Up to which place in the log the store is known to be right.
        go_on
            Asked between batches; with a no the answer is None.

        Raises
        ------
        StateUnavailableError, LogUnavailableError
            One of them does not answer.
        """
        found: dict[CustomerId, int] = {}
        for some in self._found(checkpoint):
            if not go_on():
                return None
            found |= some
        return found

    def _found(self, checkpoint: int) -> Iterator[dict[CustomerId, int]]:
        for changed in batches(self.log.customers_changed_after(checkpoint), BATCH):
            yield dict(self.store.older_than(changed))
        if self.log.erasures.last_seq() > checkpoint:
            # The log does not tell who was erased: it is whoever the store holds and the log does not know.
            for held in batches(self.store.held(), BATCH):
                yield dict.fromkeys(set(held) - self.log.known_among(held), 0)

"""What the API answers about an erasure."""

from datetime import datetime

from serving.wire import Shape


class ErasedAnswer(Shape, frozen=True):
    """When a customer was erased, why, and how much was removed; the id is not repeated.

    ``was_known`` is false where there was nothing to remove: check the id. ``projected: false`` says that the state store is away;
    it is told when it answers, and is not believed until then.
    """

    erased_at: datetime
    was_known: bool
    events: int
    decisions: int
    projected: bool
    reason: str | None = None

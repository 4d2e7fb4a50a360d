"""Who is held out of which action: what a measurement compares with the others."""

from collections.abc import Iterator

from recommender.decisions.seeds import is_held_out, salt_of
from recommender.errors import InvalidRequestError
from recommender.playbook.model import Action, Playbook
from recommender.storage.log import EventLog
from recommender.types import CustomerId


def measured_actions(playbook: Playbook, action_id: str | None) -> tuple[Action, ...]:
    """Return the actions with a holdout, or the one that is named.

    Raises
    ------
    InvalidRequestError
        No action has one, or the named one has not.
    """
    found = tuple(one for one in playbook.actions if one.holdout > 0)
    if action_id is not None:
        found = tuple(one for one in found if one.id == action_id)
    if found:
        return found
    measured = ", ".join(one.id for one in playbook.actions if one.holdout > 0)
    raise InvalidRequestError(
        "nobody is held out",
        expected=f"one of {measured}" if measured else "an action with a holdout",
        found="none" if action_id is None else action_id[:100],
        remedy="declare one at an action of the playbook: holdout = 0.1",
    )


def held_out(log: EventLog, action: Action) -> Iterator[CustomerId]:
    """Yield the customers of the log who never get an action, ascending; of any later one it is known the same way."""
    salt = salt_of(action.id)
    for who in sorted(who for who, _ in log.customers_changed_after(0)):
        if is_held_out(log.seed_of(who), salt, action.holdout):
            yield who

"""What a playbook declares about items of which the catalogue has none: it is never said, and nobody would see why."""

from recommender.actions.repertoire import Repertoire, repertoire_of
from recommender.catalog.catalogue import Catalogue
from training.promises import is_empty, plans_about_nothing
from training.simulate.plan import SIDE_NAMES
from training.simulate.preparing import Declared


def about_nothing(new: Declared, against: Declared, catalogue: Catalogue) -> tuple[str, ...]:
    """Return a note for each plan and each action that is about no item, with its playbook unless that is so in both."""
    one = repertoire_of(new.playbook, catalogue)
    other = repertoire_of(against.playbook, catalogue, before=one)
    found = _idle(one), _idle(other)
    return tuple(
        f"{name}{_where(name, found)} is about no item of the catalogue."
        for name in dict.fromkeys((*found[0], *found[1]))
    )


def _idle(repertoire: Repertoire) -> list[str]:
    """Name the plans and actions that are about no item, in the order of the playbook."""
    actions = [action_id for action_id, items in repertoire.items.items() if is_empty(items)]
    return [
        *(f"Plan {plan_id}" for plan_id in plans_about_nothing(repertoire)),
        *(f"Action {action_id}" for action_id in actions),
    ]


def _where(name: str, found: tuple[list[str], list[str]]) -> str:
    if all(name in names for names in found):
        return ""
    return f" of {SIDE_NAMES[0 if name in found[0] else 1]}"

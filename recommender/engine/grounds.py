"""What every decision stands on besides the models: the playbook over the catalogue."""

import threading
from dataclasses import dataclass

import numpy as np

from recommender.actions.repertoire import Repertoire, repertoire_of
from recommender.catalog.catalogue import Catalogue
from recommender.playbook.model import Playbook
from recommender.types import ItemNumber


@dataclass(frozen=True, slots=True, eq=False)
class Grounds:
    """One playbook over one version of the catalogue.

    Attributes
    ----------
    playbook
        What a marketer declared; the built-in one where nobody did.
    described
        The catalogue as it was written.
    catalogue
        The same with the ownership rules of the playbook, which hold where both name one scope.
    repertoire
        The playbook resolved over that catalogue; None where nobody declared one.
    planned
        Items that a service plan is about, ascending: their units are told apart.
    """

    playbook: Playbook
    described: Catalogue
    catalogue: Catalogue
    repertoire: Repertoire | None
    planned: tuple[ItemNumber, ...]


def grounds_of(playbook: Playbook, described: Catalogue, *, is_declared: bool) -> Grounds:
    """Resolve a playbook over a catalogue; without a declared one this costs nothing."""
    if not is_declared:
        return Grounds(playbook, described, described, None, ())
    catalogue = described.with_rules(playbook.ownership)
    repertoire = repertoire_of(playbook, catalogue)
    planned = tuple(ItemNumber(number) for number in np.flatnonzero(repertoire.planned).tolist())
    return Grounds(playbook, described, catalogue, repertoire, planned)


class GroundsCache:
    """The newest grounds, made again when the playbook or the catalogue is another one."""

    def __init__(self) -> None:
        self._making = threading.Lock()
        self._held: Grounds | None = None

    def of(self, playbook: Playbook, described: Catalogue, *, is_declared: bool) -> Grounds:
        """Return the grounds of these two."""
        with self._making:
            held = self._held
            if held is None or held.playbook is not playbook or held.described is not described:
                held = self._held = grounds_of(playbook, described, is_declared=is_declared)
            return held

    def planned(self) -> tuple[ItemNumber, ...] | None:
        """Return what the newest grounds plan; None before the first, and without a playbook. The same object until it changes."""
        held = self._held
        return None if held is None or held.repertoire is None else held.planned

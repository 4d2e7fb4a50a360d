"""One simulation as it was asked for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path

from recommender.errors import NotEnoughDataError
from recommender.storage.clock import utc_now
from recommender.storage.log import EventLog
from recommender.types import CustomerId
from training.installation import Installation
from training.simulate.about_nothing import about_nothing
from training.simulate.contacts_file import write_contacts
from training.simulate.days import days_of
from training.simulate.plan import SimulationPlan
from training.simulate.preparing import (
    Declared,
    bundle_of,
    current_playbook,
    declared_in,
    side_plans,
)
from training.simulate.report import SimulationReport
from training.simulate.reporting import report_of
from training.simulate.running import Progress, simulate
from training.simulate.workers import Workers


@dataclass(frozen=True, slots=True)
class Job:
    """What to simulate.

    Attributes
    ----------
    playbook, against
        The files; without ``against`` the playbook of the home.
    days, begins, at
        How many days, the first of them (None: the last is that of the last purchase), and when on each; days that
        have not come are left out.
    channels
        Where it is asked; empty: the outbound channels.
    k
        Most actions of one contact.
    accept_seed
        Responses are drawn with it; None: nobody responds.
    model
        Version or alias.
    contacts, contacts_against
        Where everything that the new playbook tells is written, and what the other one does; None: nowhere.
    clock
        Tells the time.
    """

    playbook: Path
    against: Path | None = None
    days: int = 90
    begins: date | None = None
    at: time = time(10)
    channels: tuple[str, ...] = ()
    k: int = 1
    accept_seed: int | None = None
    model: str = "champion"
    contacts: Path | None = None
    contacts_against: Path | None = None
    clock: Callable[[], datetime] = utc_now

    def run(
        self,
        installation: Installation,
        log: EventLog,
        customers: Sequence[CustomerId],
        folder: Path,
        *,
        workers: Workers,
        progress: Progress = lambda _done, _total: None,
    ) -> SimulationReport:
        """Simulate customers.

        Parameters
        ----------
        folder
            For files that only the workers need.
        workers
            Who simulates them.

        Raises
        ------
        InvalidSourceError, PlaybookError, InvalidRequestError
            A playbook, or what is asked of it, cannot be used.
        NotEnoughDataError
            There is nothing to simulate.
        """
        if not customers:
            raise NotEnoughDataError(
                "there is no customer to simulate", expected="at least one whom the log knows"
            )
        new = declared_in(self.playbook)
        against = (
            current_playbook(installation.settings, log)
            if self.against is None
            else declared_in(self.against)
        )
        plans, notes = side_plans(new, against, self.channels)
        window, days = days_of(log, new.playbook, self.days, self.at, self.begins, self.clock())
        bundle = bundle_of(installation.registry(), log, self.model, window.begins_s, folder)
        plan = SimulationPlan(
            log_url=installation.settings.log_url(installation.home),
            bundle=str(bundle.folder),
            model_version=bundle.version,
            sides=plans,
            moments=window.moments,
            k=self.k,
            accept_seed=self.accept_seed,
            keeps_rows=any(self._files()),
        )
        outcome = simulate(log, plan, customers, workers=workers, progress=progress)
        for side, path in enumerate(self._files()):
            if path is not None:
                write_contacts(path, outcome.rows(side), log.numbers.id_of)
        return report_of(
            outcome,
            ((new, plans[0]), (against, plans[1])),
            window,
            (
                f"{self.at:%H:%M}",
                bundle.version,
                (
                    *bundle.notes,
                    *notes,
                    *days,
                    *about_nothing(new, against, log.catalogue()),
                    *_incomparable(new, against),
                ),
            ),
            log.numbers.id_of,
        )

    def _files(self) -> tuple[Path | None, Path | None]:
        return self.contacts, self.contacts_against


def _incomparable(new: Declared, against: Declared) -> list[str]:
    if new.playbook.currency == against.playbook.currency:
        return []
    return ["Expected values of the two are not in one currency, so no difference is shown."]

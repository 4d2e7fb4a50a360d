"""From what was found to the report."""

from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo

from recommender.playbook.model import Playbook
from recommender.promises.words import local_day
from training.simulate.answers import Missed, SideAnswer
from training.simulate.plan import NO_CHANNEL, SIDE_NAMES, SidePlan
from training.simulate.preparing import Declared
from training.simulate.report import (
    MissedRow,
    Promises,
    SideReport,
    SimulationReport,
    difference_of,
    said_rows,
    shut_rows,
    stopped_rows,
    totals_of,
    weeks_of,
)
from training.simulate.running import Outcome
from training.simulate.tally import Kept
from training.simulate.window import Window

NameOf = Callable[[int], str]
"""From an item's number to its id."""


def report_of(
    outcome: Outcome,
    sides: Sequence[tuple[Declared, SidePlan]],
    window: Window,
    told: tuple[str, str, Sequence[str]],
    id_of: NameOf,
) -> SimulationReport:
    """Return the report of an outcome.

    Parameters
    ----------
    sides
        The two playbooks and where they were asked, the new one first.
    told
        The time of day at which it is decided, the version of the model, and notes.
    id_of
        Names items.
    """
    at, model_version, notes = told
    new, against = (
        _side(answer, declared, plan, id_of)
        for answer, (declared, plan) in zip(outcome.sides, sides, strict=True)
    )
    return SimulationReport(
        first_day=window.first.isoformat(),
        last_day=window.last.isoformat(),
        days=window.days,
        decided_at=at,
        time_zone=sides[0][0].playbook.time_zone,
        model_version=model_version,
        new=new,
        against=against,
        difference=difference_of(new, against, outcome.differing),
        notes=[*notes, *_closed(outcome, [declared.playbook for declared, _ in sides])],
    )


def _closed(outcome: Outcome, playbooks: Sequence[Playbook]) -> list[str]:
    """Say which budgets ran out, first when, and under which playbook where both have an action of that name."""
    first_s: dict[tuple[str, int], int] = {}
    for one in outcome.closings:
        place = one.action, one.side
        first_s[place] = min(one.from_s, first_s.get(place, one.from_s))
    named = [{action.id for action in playbook.actions} for playbook in playbooks]
    zone = ZoneInfo(playbooks[0].time_zone)
    return [
        f"The goodwill of {action} ran out on {local_day(at_s, zone)}"
        f"{f' under {SIDE_NAMES[side]}' if all(action in ids for ids in named) else ''}"
        ": it was said without any until there was room."
        for (action, side), at_s in sorted(first_s.items())
    ]


def _side(answer: SideAnswer, declared: Declared, plan: SidePlan, id_of: NameOf) -> SideReport:
    tally, playbook = answer.tally, declared.playbook
    return SideReport(
        playbook=declared.name,
        playbook_version=playbook.version,
        currency=playbook.currency,
        channels=[name for name in plan.channels if name != NO_CHANNEL],
        totals=totals_of(tally),
        said=said_rows(tally.said),
        stopped=stopped_rows(tally.stopped),
        shut=shut_rows(tally.shut),
        candidates_stopped=dict(sorted(tally.candidates.items())),
        contacts_per_week=weeks_of(tally.weeks),
        promises=_promises(tally.promises, answer.missed, id_of),
    )


def _promises(kept: Kept, missed: Sequence[Missed], id_of: NameOf) -> Promises:
    rows = sorted(missed, key=lambda one: (one.lapses_s, one.customer_id, one.plan, one.item))
    return Promises(
        windows=kept.windows,
        said=kept.said,
        visited=kept.visited,
        ended=kept.ended,
        open=kept.open,
        missed=sum(kept.missed.values()),
        missed_by_reason=dict(sorted(kept.missed.items())),
        rows=[_missed(one, id_of) for one in rows],
    )


def _missed(one: Missed, id_of: NameOf) -> MissedRow:
    zone = ZoneInfo(one.time_zone)
    return MissedRow(
        customer_id=one.customer_id,
        plan=one.plan,
        item_id=id_of(one.item),
        order_id=one.order_id,
        due_s=one.due_s,
        lapses_s=one.lapses_s,
        due=local_day(one.due_s, zone),
        in_time_until=local_day(one.lapses_s - 1, zone),
        time_zone=one.time_zone,
        reason=one.reason,
        because=one.because,
    )

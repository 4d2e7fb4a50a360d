"""Goodwill that customers accepted: one sum per rank of a decision, however often that is told."""

from collections.abc import Sequence

from recommender.customers.dealing_folds.outcomes import ShownEvent
from recommender.customers.dealing_folds.reading import seconds
from recommender.customers.dealings import Given
from recommender.events.vocabulary import Response


def given_of(events: Sequence[ShownEvent]) -> tuple[Given, ...]:
    """Return what was accepted with an amount, by time; of one told again the largest amount, at its first time.

    None of it is ever forgotten: budgets may count since ever, and they bound how much there is.
    """
    found: dict[tuple[str, int], Given] = {}
    for event in events:
        if not isinstance(event, Response) or event.outcome != "accepted" or not event.amount:
            continue
        place = (event.decision_id, event.rank)
        known = found.get(place)
        amount = max(float(event.amount), 0.0 if known is None else known.amount)
        at_s = seconds(event.occurred_at) if known is None else known.at_s
        found[place] = Given(event.action, amount, event.currency, at_s, *place)
    return tuple(sorted(found.values(), key=lambda one: (one.at_s, one.decision_id, one.rank)))

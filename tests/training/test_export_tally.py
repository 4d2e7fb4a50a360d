"""Why nothing was said, counted over customers."""

from dataclasses import replace

import pytest

from recommender.customers.dealings import Consent
from recommender.decisions import DecisionRequest
from recommender.playbook.model import ContactPolicy
from tests.recommender.decisions.brand import OFFER, THANKS, brand_of, met
from tests.recommender.decisions.ten_items import SHOP, STATE
from training.export_tally import Tally

YES = Consent("email", None, "subscribed", 1, "crm", "1")


@pytest.mark.parametrize("epsilon", [0.0, 0.01])
@pytest.mark.parametrize(
    ("value", "has_consent", "why"),
    [(20.0, False, "no_consent"), (20.0, True, None), (0.0, True, "not_worth_saying")],
)
def test_why_nothing_is_said_is_told_with_exploration_and_without(
    epsilon: float, value: float, has_consent: bool, why: str | None
) -> None:
    actions = [replace(one, value=value, channels=frozenset({"email"})) for one in (OFFER, THANKS)]
    brand = brand_of(SHOP, *actions, epsilon=epsilon, policy=ContactPolicy())
    tally = Tally()
    tally.count(
        brand.decide(met(STATE, consents=(YES,) if has_consent else ()), DecisionRequest(channel="email"))
    )
    assert list(tally.without) == ([] if why is None else [why])

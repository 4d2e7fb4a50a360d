"""Whatever happens, in whatever order, and however many ask at once: the promises to a customer hold.

Real SQLite, real Valkey, two workers. A judge of plain Python reads the same events and objects to whatever must not
have been said: something owned, something without consent, at night, above a cap, to somebody who complains. For a
longer search: ``pytest tests/machine --hypothesis-profile=long``.
"""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.machine.brand import Brand
from tests.machine.house_rules import LOOSE, STRICT, HouseRules
from tests.machine.whole_engine import WholeEngine
from tests.valkey import Valkey


@pytest.fixture(scope="module")
def brands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[HouseRules, Brand]]:
    server = Valkey()
    folder = tmp_path_factory.mktemp("machine")
    opened = {rules: Brand(folder / rules.name, server.url, rules) for rules in (STRICT, LOOSE)}
    yield opened
    for brand in opened.values():
        brand.close()
    server.close()


@pytest.mark.timeout(3_000)
def test_whatever_happens_the_promises_to_a_customer_hold(brands: dict[HouseRules, Brand]) -> None:
    class Ours(WholeEngine):
        pass

    Ours.brands = brands
    longer = settings.get_current_profile_name() == "long"
    run_state_machine_as_test(
        Ours,
        settings=settings(
            max_examples=2_000 if longer else 40,
            stateful_step_count=60 if longer else 25,
            suppress_health_check=[
                HealthCheck.too_slow,
                HealthCheck.filter_too_much,
                HealthCheck.data_too_large,
            ],
        ),
    )

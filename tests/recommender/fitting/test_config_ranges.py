"""Every setting has a range, and what lies outside is named."""

import math
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import get_type_hints

import pytest

from recommender.errors import InvalidRequestError
from recommender.fitting import FitConfig
from recommender.fitting.config import (
    AlsConfig,
    BlendConfig,
    ItemItemConfig,
    PopularityConfig,
    RankerConfig,
    ReplenishmentConfig,
    refuse_unusable,
)
from recommender.fitting.ranges import misfits


def ranged(config: object, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield the dotted name of every field that is no section and no switch, with its annotation as text."""
    hints = get_type_hints(type(config), include_extras=True)
    for field in fields(config):  # type: ignore[arg-type]  # always a dataclass
        value = getattr(config, field.name)
        if is_dataclass(value):
            yield from ranged(value, f"{prefix}{field.name}.")
        elif not isinstance(value, bool):
            yield prefix + field.name, str(hints[field.name])


def test_the_defaults_fit() -> None:
    refuse_unusable(FitConfig())
    refuse_unusable(FitConfig().without_als())
    refuse_unusable(replace(FitConfig(), replenishment=ReplenishmentConfig().thrifty()))


@pytest.mark.parametrize(("name", "hint"), list(ranged(FitConfig())))
def test_every_field_says_its_range(name: str, hint: str) -> None:
    assert any(rule in hint for rule in ("Within(", "AboveZero(", "Ascending(")), name


@pytest.mark.parametrize(
    ("config", "name", "expected"),
    [
        (FitConfig(seed=-1), "seed", "0 to 4,294,967,295"),
        (FitConfig(seed=2**32), "seed", "0 to 4,294,967,295"),
        *((FitConfig(window_days=days), "window_days", "0.01 to 3,660") for days in (math.nan, 0, math.inf, 1e9, -3)),
        (FitConfig(window_days=3e6), "window_days", "0.01 to 3,660"),
        (FitConfig(budget_seconds=-5), "budget_seconds", "above 0, at most 1,000,000,000"),
        (FitConfig(budget_seconds=0), "budget_seconds", "above 0, at most 1,000,000,000"),
        (FitConfig(popularity=PopularityConfig(())), "popularity.horizons", "1 to 16 numbers, ascending, 0.05 or more"),
        (FitConfig(popularity=PopularityConfig((-1.0,))), "popularity.horizons", "1 to 16 numbers, ascending, 0.05 or more"),
        (FitConfig(popularity=PopularityConfig((2.0, 1.0))), "popularity.horizons", "1 to 16 numbers, ascending, 0.05 or more"),
        (FitConfig(popularity=PopularityConfig((math.nan, 1.0))), "popularity.horizons", "ascending"),
        (FitConfig(popularity=PopularityConfig((1.0,), 1)), "popularity.lift_row", "0 to 0"),
        (FitConfig(item_item=ItemItemConfig(half_life=0)), "item_item.half_life", "0.05 to 10,000"),
        (FitConfig(item_item=ItemItemConfig(neighbours=-5)), "item_item.neighbours", "1 to 10,000"),
        (FitConfig(blend=BlendConfig(windows=0)), "blend.windows", "1 to 100"),
        (FitConfig(blend=BlendConfig(steps=-1)), "blend.steps", "0 to 100"),
        (FitConfig(replenishment=ReplenishmentConfig(kept=2.0)), "replenishment.kept", "above 0, at most 1"),
        (FitConfig(ranker=RankerConfig(errors=math.nan)), "ranker.errors", "0 to 1,000"),
        (FitConfig(ranker=RankerConfig(seeds=0)), "ranker.seeds", "1 to 100"),
        (FitConfig(als=AlsConfig(factors=1_000_000_000)), "als.factors", "0 to 2,048"),
    ],
)  # fmt: skip
def test_what_is_out_of_range_is_refused_by_name(config: FitConfig, name: str, expected: str) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        refuse_unusable(config)
    assert refused.value.message.startswith(f"{name} of the configuration")
    assert expected in refused.value.expected
    assert refused.value.found
    assert refused.value.remedy


def test_the_edges_of_a_range_belong_to_it() -> None:
    assert not list(misfits(FitConfig(seed=0, window_days=0.01, budget_seconds=1e9)))
    assert not list(misfits(FitConfig(seed=2**32 - 1, window_days=3660, als=AlsConfig(factors=0))))


def test_of_several_settings_out_of_range_the_first_is_named_and_the_others_are_counted() -> None:
    with pytest.raises(InvalidRequestError, match=r"seed .* found -1 \(and 1 other settings\)"):
        refuse_unusable(FitConfig(seed=-1, window_days=-3))

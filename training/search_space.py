"""What `rapport tune` may change: dotted names of the configuration, with the values that make sense for any shop."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from recommender.errors import InvalidRequestError
from recommender.fitting.config import FitConfig

if TYPE_CHECKING:
    from _typeshed import DataclassInstance
    from optuna import Trial

Value = float | int
_Config = TypeVar("_Config", bound="DataclassInstance")


@dataclass(frozen=True, slots=True)
class Range:
    """Values from ``low`` to ``high``, both included; on a logarithmic scale, as all of them are scales."""

    low: Value
    high: Value

    @property
    def is_whole(self) -> bool:
        """Whether only whole numbers make sense."""
        return isinstance(self.low, int)


SPACE: Mapping[str, Range] = {
    "als.factors": Range(16, 128),
    "als.regularization": Range(0.05, 50.0),
    "als.alpha": Range(0.5, 50.0),
    "als.half_life": Range(0.5, 16.0),
    "item_item.neighbours": Range(30, 300),
    "item_item.half_life": Range(0.25, 8.0),
    "item_item.lately": Range(0.1, 4.0),
    "item_item.newly": Range(0.05, 2.0),
    "spectral.dimensions": Range(64, 256),
    "spectral.pivot": Range(10, 120),
    "spectral.exponent": Range(0.2, 1.0),
    "ranker.windows": Range(1, 6),
    "ranker.most_customers": Range(500, 4000),
    "ranker.depth": Range(20, 100),
    "ranker.trees.trees": Range(30, 150),
    "ranker.trees.leaves": Range(6, 32),
    "ranker.trees.learning_rate": Range(0.04, 0.3),
    "ranker.trees.min_rows": Range(50, 1000),
    "ranker.trees.l2": Range(1.0, 100.0),
    "ranker.trees.truncation": Range(10, 60),
    "replenishment.lessons": Range(1, 6),
    "replenishment.trees": Range(40, 200),
    "replenishment.leaves": Range(6, 32),
    "replenishment.learning_rate": Range(0.03, 0.3),
    "replenishment.gap_prior": Range(0.5, 8.0),
}
"""Half-lives are in windows, so that the same range fits a grocer and a jeweller. Trees and depth end where a decision would
take twice as long."""


def value_of(config: FitConfig, name: str) -> Value:
    """Return one value of a configuration by its dotted name.

    Raises
    ------
    InvalidRequestError
        There is no such value.

    Examples
    --------
    >>> value_of(FitConfig(), "als.factors") == FitConfig().als.factors
    True
    """
    part: object = config
    for word in name.split("."):
        if not is_dataclass(part) or word not in {field.name for field in fields(part)}:
            raise InvalidRequestError(
                "the configuration has no such value", expected=", ".join(SPACE), found=name
            )
        part = getattr(part, word)
    if not isinstance(part, int | float):
        raise InvalidRequestError("only numbers can be tuned", expected=", ".join(SPACE), found=name)
    return part


def with_values(config: FitConfig, values: Mapping[str, Value]) -> FitConfig:
    """Return the configuration with some values replaced.

    Examples
    --------
    >>> with_values(FitConfig(), {"als.factors": 64, "seed": 3}).als.factors
    64
    """
    for name, value in values.items():
        config = _with_value(config, name.split("."), value)
    return config


def _with_value(part: _Config, words: Sequence[str], value: Value) -> _Config:
    inner = value if len(words) == 1 else _with_value(getattr(part, words[0]), words[1:], value)
    changed: dict[str, Any] = {words[0]: inner}
    return replace(part, **changed)


def suggested(trial: "Trial", space: Mapping[str, Range]) -> dict[str, Value]:
    """Let a trial choose a value of every name."""
    values: dict[str, Value] = {}
    for name, values_from in space.items():
        if values_from.is_whole:
            values[name] = trial.suggest_int(name, int(values_from.low), int(values_from.high), log=True)
        else:
            values[name] = trial.suggest_float(name, values_from.low, values_from.high, log=True)
    return values

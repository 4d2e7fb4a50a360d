"""What a training run is asked for, from options and from a TOML file."""

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from pathlib import Path
from typing import TypeAlias

from pydantic import TypeAdapter, ValidationError

from recommender.errors import InvalidRequestError, InvalidSourceError
from recommender.fitting.config import FitConfig, refuse_unusable
from recommender.value_rules import shown

Table: TypeAlias = Mapping[str, object]


def read_fit_config(path: Path | None, overrides: Table) -> FitConfig:
    """Return the configuration of a run.

    Parameters
    ----------
    path
        TOML with the names of :class:`FitConfig`; sections are its parts (``[als]`` ``factors = 32``). ``None``: defaults.
    overrides
        Values that win over the file; ``None`` among them does not count.

    Raises
    ------
    InvalidSourceError
        When the file cannot be read.
    InvalidRequestError
        When it names something that does not exist, or a value does not fit or is out of range.

    Examples
    --------
    >>> read_fit_config(None, {"seed": 3, "budget_seconds": None}).seed
    3
    """
    table: dict[str, object] = {} if path is None else _toml(path)
    table |= {name: value for name, value in overrides.items() if value is not None}
    _refuse_unknown(table, FitConfig, "")
    config = _typed(table)
    refuse_unusable(config)
    return config


def flat(config: object, prefix: str = "") -> dict[str, str]:
    """Return every value of a configuration as text, by its dotted name.

    Examples
    --------
    >>> flat(FitConfig(window_days=14.0))["window_days"]
    '14.0'
    """
    values: dict[str, str] = {}
    for field in fields(config):  # type: ignore[arg-type]  # callers pass dataclasses
        value = getattr(config, field.name)
        if is_dataclass(value):
            values |= flat(value, f"{prefix}{field.name}.")
        else:
            values[prefix + field.name] = str(value)
    return values


def write_fit_config(config: FitConfig, path: Path, said: str) -> None:
    """Write a configuration as TOML that :func:`read_fit_config` reads, with a comment above; whole or not at all.

    Raises
    ------
    InvalidRequestError
        The file cannot be written.
    """
    import tomli_w

    comment = "".join(f"# {line}\n" for line in said.splitlines())
    table = _without_none(asdict(config))
    fresh = path.with_name(path.name + ".new")
    try:
        fresh.write_text(comment + "\n" + tomli_w.dumps(table), "utf-8")
        fresh.replace(path)
    except OSError as error:
        raise InvalidRequestError(
            f"{path} cannot be written", expected="a file in a folder that exists", found=str(error)
        ) from error


def _without_none(table: Table) -> dict[str, object]:
    """Leave out what is not set, in every section: TOML has no word for it."""
    return {
        name: _without_none(value) if isinstance(value, dict) else value
        for name, value in table.items()
        if value is not None
    }


def _typed(table: Table) -> FitConfig:
    try:
        return TypeAdapter(FitConfig).validate_python(table)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"]))
        raise InvalidRequestError(
            f"{name} of the configuration does not fit",
            expected=str(first["msg"]),
            found=shown(first["input"]),
            remedy="correct it, or leave it out for its default",
        ) from None


def _toml(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidSourceError(
            f"{path} cannot be read as TOML",
            expected="sections and values such as [als] and factors = 32",
            found=str(error),
            remedy="check the path and the line",
        ) from error


def _refuse_unknown(table: Table, kind: type, prefix: str) -> None:
    parts = {field.name: field for field in fields(kind)}
    for name, value in table.items():
        if name not in parts:
            raise InvalidRequestError(
                "the configuration names something unknown",
                expected="one of " + ", ".join(prefix + known for known in parts),
                found=prefix + name,
                remedy="correct the name, or leave it out",
            )
        part = parts[name].type
        if isinstance(value, dict) and isinstance(part, type) and is_dataclass(part):
            _refuse_unknown(value, part, f"{prefix}{name}.")

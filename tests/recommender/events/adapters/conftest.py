"""Files written by code, and the one clock of these tests."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from recommender.events.adapters import EventSource, SourceOptions, open_source

NOW = datetime(2026, 1, 1, tzinfo=UTC)

Load: TypeAlias = Callable[..., EventSource]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Write content under a name and open it as a source."""

    def write_and_open(
        content: str | bytes, name: str = "orders.csv", **options: Any
    ) -> EventSource:  # options vary by test
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return open_source(str(path), SourceOptions(**options), now=NOW)

    return write_and_open

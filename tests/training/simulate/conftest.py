"""Worlds whose logs are closed after the test."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from recommender.events.vocabulary import AnyEvent
from tests.training.simulate.world import NewWorld, World


@pytest.fixture
def new_world(tmp_path: Path) -> Iterator[NewWorld]:
    """Make the world of some events."""
    made: list[World] = []

    def make(events: Sequence[AnyEvent]) -> World:
        made.append(World.of(tmp_path, events))
        return made[-1]

    yield make
    for world in made:
        world.log.close()

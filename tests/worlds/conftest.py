"""A world is opened once for the stories of a file, in a folder of its own; each story brings its own people."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.worlds.world import World


@pytest.fixture(scope="module")
def open_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., World]]:
    """Open a shop: see :class:`World` for what it takes."""
    with ExitStack() as opened:

        def open_one(playbook: str, items: Any, **given: Any) -> World:
            home = tmp_path_factory.mktemp("world") / "home"
            return opened.enter_context(World(home, playbook, items, **given))

        yield open_one

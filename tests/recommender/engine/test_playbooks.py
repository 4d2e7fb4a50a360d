"""The playbook's file is followed; one that cannot be used keeps the one before serving, also over a restart."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from recommender.candidates.assortment import FALLBACK
from recommender.catalog import CatalogItem
from recommender.engine.engine import Engine
from recommender.engine.playbooks import PlaybookFile, PlaybookFollower, stored_playbook
from recommender.engine.settings import Settings
from recommender.errors import NotFoundError
from recommender.storage.log import EventLog
from tests.recommender.engine.shops import LATER, wait_until
from tests.valkey import Valkey

SHOP = """[playbook]
name = "Shop"
currency = "EUR"

[[actions]]
id = "thanks"
kind = "thank_you"
value = {value}
"""
RULES = """
[[ownership]]
category = "Bridal"
kind = "own_once"

[[service_plans]]
id = "inspection"
name = "Inspection"
items.categories = ["Bridal"]
first_after = "6 months"
lead = "30 days"
grace = "60 days"
satisfied_by = ["inspection"]
"""


def write(path: Path, value: str = "1.0", more: str = "") -> None:
    """Replace a file at once, as editors and deployments do."""
    draft = path.with_suffix(".new")
    draft.write_text(SHOP.format(value=value) + more)
    draft.rename(path)


def opened(home: Path, valkey: Valkey, playbook: Path | None = None) -> Engine:
    return Engine.open(Settings.load(home=home, redis_url=valkey.url, playbook=playbook))


def value_of(engine: Engine) -> float:
    return engine.playbooks.current.actions[0].value


def test_a_home_without_a_playbook_has_the_built_in_one_and_no_problem(
    tmp_path: Path, valkey: Valkey
) -> None:
    with opened(tmp_path, valkey) as engine:
        assert (engine.playbooks.current.version, engine.playbooks.problem) == ("none", None)
        assert not engine.playbooks.is_declared
        snapshot = engine.snapshot_for(engine.popularity_fallback(LATER), FALLBACK)
        assert snapshot.repertoire is None
        assert engine.log.newest_playbook() is None
        assert stored_playbook(engine.log, "none").version == "none"


def test_the_playbook_of_the_home_serves_from_the_start_and_is_kept_byte_for_byte(
    tmp_path: Path, valkey: Valkey
) -> None:
    write(tmp_path / "playbook.toml", "3.5")
    with opened(tmp_path, valkey) as engine:
        version = engine.playbooks.current.version
        stored = engine.log.playbook(version)
        assert stored is not None
        assert stored.content == (tmp_path / "playbook.toml").read_bytes()
        assert stored_playbook(engine.log, version).actions[0].value == 3.5
        with pytest.raises(NotFoundError, match="never served"):
            stored_playbook(engine.log, "f" * 64)


def test_a_changed_file_serves_within_a_moment_and_old_decisions_keep_theirs(
    tmp_path: Path, valkey: Valkey
) -> None:
    path = tmp_path / "elsewhere.toml"
    write(path, "1.0")
    with opened(tmp_path / "home", valkey, path) as engine:
        models = engine.popularity_fallback(LATER)
        before = engine.snapshot_for(models, FALLBACK)
        write(path, "2.0")
        wait_until(lambda: engine.snapshot_for(models, FALLBACK) is not before, seconds=3)
        after = engine.snapshot_for(models, FALLBACK)
        assert (before.playbook.actions[0].value, after.playbook.actions[0].value) == (1.0, 2.0)
        assert after.repertoire is not None
        assert after.repertoire.playbook is after.playbook
        assert engine.log.playbook(before.playbook.version) is not None
        assert engine.log.playbook(after.playbook.version) is not None


def test_a_broken_file_keeps_the_one_before_and_says_what_is_wrong_in_which_line(
    tmp_path: Path, valkey: Valkey, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "playbook.toml"
    write(path, "1.0")
    with opened(tmp_path, valkey) as engine, caplog.at_level(logging.WARNING):
        write(path, '"much"')
        wait_until(lambda: engine.playbooks.problem is not None, seconds=3)
        assert "line 8" in str(engine.playbooks.problem)
        assert "keeps serving" in caplog.text
        assert value_of(engine) == 1.0
        write(path, "4.0")
        wait_until(lambda: value_of(engine) == 4.0, seconds=3)
        assert engine.playbooks.problem is None


def test_a_file_that_is_taken_away_changes_nothing_until_it_is_back(tmp_path: Path, valkey: Valkey) -> None:
    path = tmp_path / "playbook.toml"
    write(path, "1.0")
    with opened(tmp_path, valkey) as engine:
        path.unlink()
        wait_until(lambda: engine.playbooks.problem is not None, seconds=3)
        assert value_of(engine) == 1.0
        write(path, "1.0")
        wait_until(lambda: engine.playbooks.problem is None, seconds=3)


@pytest.mark.parametrize("number", ["9" * 5_000, "0x" + "f" * 5_000])
def test_a_number_that_no_program_reads_is_a_problem_like_others(
    tmp_path: Path, valkey: Valkey, number: str
) -> None:
    path = tmp_path / "playbook.toml"
    write(path, "1.0")
    with opened(tmp_path, valkey) as engine:
        write(path, number)
        wait_until(lambda: engine.playbooks.problem is not None, seconds=3)
        assert "line 8" in str(engine.playbooks.problem)
        assert value_of(engine) == 1.0
        write(path, "4.0")
        wait_until(lambda: value_of(engine) == 4.0, seconds=3)


@pytest.mark.parametrize("broken", ["[[[", None, f"[levers]\nxmas = {'9' * 5_000}"])
def test_a_restart_with_a_broken_file_serves_what_served_last(
    tmp_path: Path, valkey: Valkey, broken: str | None
) -> None:
    path = tmp_path / "named.toml"
    for value in ("1.0", "2.0", "1.0"):
        write(path, value)
        opened(tmp_path / "home", valkey, path).close()
    if broken is None:
        path.unlink()
    else:
        path.write_text(broken)
    with opened(tmp_path / "home", valkey, path) as engine:
        assert value_of(engine) == 1.0
        assert engine.playbooks.problem is not None


def test_rules_that_served_are_not_forgotten_when_the_file_of_the_home_is_gone_at_a_restart(
    tmp_path: Path, valkey: Valkey
) -> None:
    path = tmp_path / "playbook.toml"
    write(path, "3.0")
    opened(tmp_path, valkey).close()
    path.unlink()
    with opened(tmp_path, valkey) as engine:
        assert value_of(engine) == 3.0
        assert "is not there" in str(engine.playbooks.problem)
        write(path, "4.0")
        wait_until(lambda: value_of(engine) == 4.0, seconds=3)
        assert engine.playbooks.problem is None


def test_a_pipe_in_the_place_of_the_file_holds_nobody_up(tmp_path: Path, valkey: Valkey) -> None:
    path = tmp_path / "playbook.toml"
    write(path, "1.0")
    with opened(tmp_path, valkey) as engine:
        path.unlink()
        os.mkfifo(path)
        wait_until(lambda: "no regular file" in str(engine.playbooks.problem), seconds=3)
        write(path, "2.0")
        wait_until(lambda: value_of(engine) == 2.0, seconds=3)


def test_a_file_that_could_not_be_read_is_read_once_it_can_be(tmp_path: Path) -> None:
    """Only whoever may not read everything finds a file that may not be read."""
    log = EventLog.open(f"sqlite:///{tmp_path}/log.sqlite")
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)
        path = Path(folder) / "playbook.toml"
        write(path, "1.0")
        follower = PlaybookFollower(log, PlaybookFile(path, is_named=True))
        write(path, "2.0")
        path.chmod(0)
        with _as_nobody():
            follower.look()
        assert follower.current.actions[0].value == 1.0
        assert "Permission denied" in str(follower.problem)
        times = path.stat().st_mtime_ns
        path.chmod(0o644)
        follower.look()
        assert path.stat().st_mtime_ns == times
        assert (follower.current.actions[0].value, follower.problem) == (2.0, None)
    log.close()


@contextmanager
def _as_nobody() -> Iterator[None]:
    """Give up the right to read everything, where the tests have it."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(before)


def test_a_first_start_with_a_broken_file_serves_what_a_fresh_home_does_and_says_so(
    tmp_path: Path, valkey: Valkey
) -> None:
    (tmp_path / "playbook.toml").write_text("[[[")
    with opened(tmp_path, valkey) as engine:
        assert engine.playbooks.current.version == "none"
        assert "line 1" in str(engine.playbooks.problem)


def test_a_file_that_was_only_touched_is_the_same_playbook(tmp_path: Path, valkey: Valkey) -> None:
    path = tmp_path / "playbook.toml"
    write(path)
    with opened(tmp_path, valkey) as engine:
        held = engine.playbooks.current
        os.utime(path, (1, 1))
        assert not engine.playbooks.look()
        assert engine.playbooks.current is held


def test_ownership_and_service_plans_of_the_playbook_hold_over_the_catalogue(
    tmp_path: Path, valkey: Valkey
) -> None:
    write(tmp_path / "playbook.toml", more=RULES)
    with opened(tmp_path, valkey) as engine:
        engine.put_items(
            [
                CatalogItem(item_id="ring", category=("Bridal",)),
                CatalogItem(item_id="mug", category=("Home",)),
            ]
        )
        snapshot = engine.snapshot_for(engine.popularity_fallback(LATER), FALLBACK)
        assert snapshot.assortment.catalogue.ownership_kind.tolist() == [1, 0]
        assert engine.catalogue().ownership_kind.tolist() == [0, 0]
        assert snapshot.repertoire is not None
        assert snapshot.repertoire.planned.tolist() == [True, False]
        assert engine._projector.planned.numbers() == {0}

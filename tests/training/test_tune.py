"""The search for a better configuration, with a real journal of trials."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from recommender.catalog.catalogue import Catalogue
from recommender.data import Purchases
from recommender.errors import InvalidRequestError, InvalidSourceError, NotEnoughDataError
from recommender.fitting import FitConfig
from recommender.fitting.config import AlsConfig, BlendConfig
from tests.recommender.data.worlds import DAY, START, busy_shop
from training.fit_settings import read_fit_config, write_fit_config
from training.learning_data import LearningData
from training.search_space import SPACE, Range, value_of, with_values
from training.tune import TuneRequest, study_name, tune
from training.tune_journal import mend_journal

UNTIL = datetime.fromtimestamp(START + 200 * DAY, UTC)
SMALL = FitConfig(als=AlsConfig(factors=8, iterations=2), blend=BlendConfig(most_customers=30))
REQUEST = TuneRequest(
    SMALL, trials=2, windows=2, space={"als.factors": Range(4, 12), "item_item.newly": Range(0.1, 1.0)}
)


def data_of(purchases: Purchases, until: datetime = UNTIL) -> LearningData:
    return LearningData(purchases, Catalogue.empty(), until)


def test_the_configuration_it_starts_from_is_the_first_trial(tmp_path: Path) -> None:
    found = tune(data_of(busy_shop()), replace(REQUEST, trials=1), tmp_path / "journal", name="a")
    assert (found.finished, found.config, found.score) == (1, SMALL, found.start_score)
    assert found.score > 0


def test_an_interrupted_search_continues_and_repeats_nothing(tmp_path: Path) -> None:
    data, journal = data_of(busy_shop()), tmp_path / "journal"
    first = tune(data, REQUEST, journal, name="a")
    heard: list[int] = []
    later = tune(
        data, replace(REQUEST, trials=3), journal, name="a", told=lambda done, _best: heard.append(done)
    )
    assert heard == [2, 3]
    assert later.finished + later.pruned == 3
    assert later.score >= first.score
    again = tune(data, replace(REQUEST, trials=3), journal, name="a")
    assert again == later


def test_a_journal_whose_last_line_is_cut_is_mended_and_the_search_goes_on(tmp_path: Path) -> None:
    data, journal = data_of(busy_shop()), tmp_path / "journal"
    tune(data, REQUEST, journal, name="a")
    whole = journal.read_bytes()
    assert mend_journal(journal) == ""
    journal.write_bytes(whole + b'{"op_code":4,"wor')
    assert "journal.cut" in mend_journal(journal)
    assert journal.read_bytes() == whole
    assert (tmp_path / "journal.cut").read_bytes() == b'{"op_code":4,"wor\n'
    heard: list[int] = []
    tune(data, replace(REQUEST, trials=3), journal, name="a", told=lambda done, _best: heard.append(done))
    assert heard == [2, 3]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["journal", "journal.cut"], "no lock is left"


@pytest.mark.parametrize("garbage", [b"\x00\xff\n", b"{}\n", b"[1, 2]\n", b'{"op_code":4,"wor\n', b"\n"])
def test_a_journal_with_garbage_is_named_with_its_line_and_stays_as_it_is(
    tmp_path: Path, garbage: bytes
) -> None:
    journal = tmp_path / "journal"
    journal.write_bytes(b'{"op_code":0,"worker_id":"w"}\n' + garbage)
    with pytest.raises(InvalidSourceError, match=r"journal cannot be read: .* on line 2; remove that line"):
        mend_journal(journal)
    assert journal.read_bytes().endswith(garbage)


def test_a_search_that_begins_has_no_journal_to_mend(tmp_path: Path) -> None:
    assert mend_journal(tmp_path / "journal") == ""
    assert list(tmp_path.iterdir()) == []


def test_what_happens_in_the_last_window_changes_nothing(tmp_path: Path) -> None:
    once = replace(REQUEST, trials=1)
    whole, half = busy_shop(), busy_shop().before(int(UNTIL.timestamp()) - 14 * DAY)
    scores = [
        tune(data_of(purchases), once, tmp_path / f"journal-{len(purchases)}", name="a").score
        for purchases in (whole, half)
    ]
    assert len(half) < len(whole)
    assert scores[0] == scores[1] > 0


def test_a_history_without_a_window_before_the_last_is_refused(tmp_path: Path) -> None:
    short = datetime.fromtimestamp(START + 57 * DAY, UTC)
    with pytest.raises(NotEnoughDataError, match="no window to tune on"):
        tune(data_of(busy_shop().before(START + 57 * DAY), short), REQUEST, tmp_path / "journal", name="a")


def test_other_data_windows_start_or_space_are_another_study() -> None:
    names = {
        study_name("a", REQUEST, UNTIL),
        study_name("b", REQUEST, UNTIL),
        study_name("a", replace(REQUEST, windows=1), UNTIL),
        study_name("a", replace(REQUEST, config=replace(SMALL, seed=1)), UNTIL),
        study_name("a", replace(REQUEST, space={}), UNTIL),
    }
    assert len(names) == 5
    assert study_name("a", replace(REQUEST, trials=9), UNTIL) in names


def test_the_default_of_everything_searched_lies_in_its_range() -> None:
    for name, values in SPACE.items():
        assert values.low <= value_of(FitConfig(), name) <= values.high


def test_the_ranker_is_searched_and_a_trial_trains_with_what_it_was_given(tmp_path: Path) -> None:
    assert {f"ranker.{name}" for name in ("windows", "depth", "trees.trees", "trees.leaves")} <= SPACE.keys()
    space = {"ranker.depth": Range(7, 8), "ranker.trees.trees": Range(3, 4), "ranker.windows": Range(1, 2)}
    start = with_values(SMALL, {"ranker.depth": 7, "ranker.trees.trees": 3, "ranker.windows": 1})
    found = tune(data_of(busy_shop()), replace(REQUEST, config=start, space=space), tmp_path / "j", name="a")
    ranker = found.config.ranker
    assert (ranker.depth in (7, 8), ranker.trees.trees in (3, 4), ranker.windows in (1, 2)) == (True,) * 3
    assert ranker.trees == replace(SMALL.ranker.trees, trees=ranker.trees.trees)


def test_a_written_configuration_is_read_back_whole(tmp_path: Path) -> None:
    config = with_values(FitConfig(), {"als.factors": 17, "item_item.newly": 0.3})
    path = tmp_path / "tuned.toml"
    write_fit_config(config, path, "two\nlines")
    assert read_fit_config(path, {}) == config
    assert path.read_text().startswith("# two\n# lines\n")
    with pytest.raises(InvalidRequestError, match="cannot be written"):
        write_fit_config(config, tmp_path / "no folder" / "tuned.toml", "")

"""Two exports never share what they write: not two at once, not two homes, and never a pipe or a link."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from recommender.candidates import assortment_of
from recommender.decisions import DecisionRequest
from recommender.engine.home import Home
from recommender.errors import InvalidRequestError
from recommender.storage.log import EventLog
from recommender.types import CustomerId
from tests.training.homes import NOW, registry_of
from tests.training.small_shop import CUSTOMERS, small_shop_events, small_shop_items
from training.export import ExportRequest, ExportSummary, Progress, export
from training.export_lock import writing_alone
from training.export_parts import ExportFormat
from training.serving_model import model_for


@pytest.fixture
def mail(tmp_path: Path) -> ExportRequest:
    return ExportRequest(tmp_path / "mail.parquet", ExportFormat.PARQUET, DecisionRequest(k=4), block=25)


def run(home: Home, request: ExportRequest, progress: Progress = lambda _done, _total: None) -> ExportSummary:
    with EventLog.open(home.log_url, clock=lambda: NOW) as log:
        catalogue = log.catalogue()
        chosen = model_for(registry_of(home), log, "champion", NOW, catalogue)
        assortment = assortment_of(chosen.models, catalogue, chosen.version)
        return export(log, chosen.models, assortment, request, now=NOW, progress=progress)


def interrupted(home: Home, request: ExportRequest) -> None:
    def stop(done: int, _total: int) -> None:
        if done >= 75:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(home, request, stop)


@pytest.fixture
def other_home(new_home: Callable[[str], Home]) -> Home:
    """The same customers at the same versions and the same items, in another home."""
    home = new_home("other")
    with EventLog.open(home.log_url, clock=lambda: NOW) as log:
        log.append_bulk(small_shop_events())
        log.put_items(small_shop_items())
    return home


def test_an_export_never_goes_on_with_the_parts_of_another_home(
    shop_home: Home, other_home: Home, mail: ExportRequest
) -> None:
    interrupted(shop_home, mail)
    summary = run(other_home, mail)
    assert (summary.reused, summary.message) == (
        0,
        "starting anew: home changed since the interrupted export",
    )


def test_an_export_never_goes_on_with_the_parts_of_another_bundle(
    shop_home: Home, mail: ExportRequest
) -> None:
    interrupted(shop_home, replace(mail, bundle="1a"))
    summary = run(shop_home, replace(mail, bundle="2b"))
    assert (summary.reused, summary.message) == (
        0,
        "starting anew: bundle changed since the interrupted export",
    )


def test_a_second_export_to_the_same_file_is_refused_and_the_first_is_not_disturbed(
    shop_home: Home, mail: ExportRequest
) -> None:
    refused: list[str] = []

    def ask_meanwhile(done: int, _total: int) -> None:
        if done == 75:
            with pytest.raises(InvalidRequestError) as error:
                run(shop_home, replace(mail, decision=DecisionRequest(k=1)))
            refused.append(str(error.value))

    run(shop_home, mail, ask_meanwhile)
    assert len(refused) == 1
    assert "another export is writing" in refused[0]
    assert pl.read_parquet(mail.out)["customer_id"].n_unique() == CUSTOMERS
    assert [path.name for path in mail.out.parent.glob("mail*")] == ["mail.parquet"]


def test_a_lock_that_a_killed_export_left_keeps_nobody_out(tmp_path: Path) -> None:
    (tmp_path / "mail.csv.lock").touch()
    with writing_alone(tmp_path / "mail.csv"):
        assert (tmp_path / "mail.csv.lock").exists()
    assert not (tmp_path / "mail.csv.lock").exists()


def test_a_pipe_is_refused_and_stays_a_pipe(shop_home: Home, mail: ExportRequest, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    reading, writing = os.pipe()
    for out in (pipe, Path(f"/dev/fd/{writing}")):
        with pytest.raises(InvalidRequestError, match="a pipe or a device"):
            run(shop_home, replace(mail, out=out))
    assert pipe.is_fifo()
    os.close(reading)
    os.close(writing)


def test_a_link_stays_and_the_file_that_it_names_is_replaced(
    shop_home: Home, mail: ExportRequest, tmp_path: Path
) -> None:
    target, link = tmp_path / "target.parquet", tmp_path / "link.parquet"
    target.write_text("last week's")
    link.symlink_to(target)
    run(shop_home, replace(mail, out=link, audience=(CustomerId("shopper-001"),)))
    assert link.is_symlink()
    assert pl.read_parquet(target)["customer_id"].to_list() == ["shopper-001"] * 4

"""Who gets nothing from a campaign, by name: with the gate that kept it back and when it opens."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from recommender.candidates import assortment_of
from recommender.decisions import DecisionRequest
from recommender.engine.grounds import grounds_of
from recommender.engine.home import Home
from recommender.errors import InvalidRequestError
from recommender.playbook.conditions import compile_condition
from recommender.playbook.reading import read_playbook
from recommender.storage.log import EventLog
from tests.training.homes import NOW, registry_of
from tests.training.small_shop import CUSTOMERS
from tests.training.test_export_playbook import NOON, PLAYBOOK, dealings, name_of
from training.export import ExportRequest, ExportSummary, Progress, export
from training.export_parts import ExportFormat
from training.export_report import report_lines
from training.serving_model import model_for


@pytest.fixture
def mail(tmp_path: Path) -> ExportRequest:
    return ExportRequest(
        tmp_path / "mail.csv",
        ExportFormat.CSV,
        DecisionRequest(k=2, channel="email"),
        as_of=NOON,
        block=25,
        left_out=tmp_path / "left.csv",
    )


@pytest.fixture
def home(shop_home: Home) -> Home:
    """Most of its customers allow email, and every tenth was mailed five days ago."""
    with EventLog.open(shop_home.log_url, clock=lambda: NOW) as log:
        log.append_bulk(dealings())
    return shop_home


def run(home: Home, request: ExportRequest, progress: Progress = lambda _done, _total: None) -> ExportSummary:
    with EventLog.open(home.log_url, clock=lambda: NOW) as log:
        grounds = grounds_of(read_playbook(PLAYBOOK), log.catalogue(), is_declared=True)
        chosen = model_for(registry_of(home), log, "champion", NOON, grounds.catalogue)
        assortment = assortment_of(chosen.models, grounds.catalogue, chosen.version)
        return export(log, chosen.models, assortment, request, now=NOW, grounds=grounds, progress=progress)


def left_out_in(request: ExportRequest) -> pl.DataFrame:
    assert request.left_out is not None
    return pl.read_csv(request.left_out, infer_schema=False)


def test_everybody_is_either_written_to_or_listed_with_the_reason(home: Home, mail: ExportRequest) -> None:
    summary = run(home, mail)
    written = set(pl.read_csv(mail.out)["customer_id"])
    left = left_out_in(mail)
    assert left.columns == ["customer_id", "reason", "opens_at"]
    assert written.isdisjoint(left["customer_id"])
    assert sorted(written | set(left["customer_id"])) == ["early", *map(name_of, range(CUSTOMERS))]
    assert Counter(left["reason"]) == summary.without
    reasons = dict(left.select("customer_id", "reason").iter_rows())
    assert {reasons[name_of(number)] for number in range(0, CUSTOMERS, 4)} == {"no_consent"}
    assert f"{len(left)} customers to whom nothing is said" in "\n".join(report_lines(summary, mail))


def test_who_was_mailed_lately_is_listed_with_the_moment_at_which_the_cap_opens(
    home: Home, mail: ExportRequest
) -> None:
    run(home, mail)
    capped = left_out_in(mail).filter(pl.col("reason") == "cap_reached")
    assert len(capped) > 0
    assert {int(name[-1]) for name in capped["customer_id"]} == {2}
    opens = NOON - timedelta(days=5) + timedelta(days=7)
    assert set(capped["opens_at"]) == {f"{opens:%Y-%m-%dT%H:%M:%SZ}"}


def test_an_interrupted_export_lists_the_same_people_when_it_is_continued(
    home: Home, mail: ExportRequest
) -> None:
    def stop(done: int, _total: int) -> None:
        if done >= 75:
            raise KeyboardInterrupt

    run(home, mail)
    whole = left_out_in(mail).rows()
    for begun in (mail, replace(mail, left_out=None)):
        with pytest.raises(KeyboardInterrupt):
            run(home, begun, stop)
        assert run(home, mail).message.startswith("continuing")
        assert left_out_in(mail).rows() == whole


def test_who_is_not_in_the_audience_is_not_left_out_of_it(home: Home, mail: ExportRequest) -> None:
    run(home, replace(mail, condition=compile_condition("customer.orders > 100000", about_item=False)))
    assert left_out_in(mail).rows() == []


@pytest.mark.parametrize(("name", "told"), [("mail.csv", "cannot be one file"), ("left.docx", "not clear")])
def test_a_list_that_cannot_be_written_is_refused_first(
    home: Home, mail: ExportRequest, tmp_path: Path, name: str, told: str
) -> None:
    with pytest.raises(InvalidRequestError, match=told):
        run(home, replace(mail, left_out=tmp_path / name))
    assert not mail.out.exists()

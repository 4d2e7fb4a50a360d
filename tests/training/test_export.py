"""Campaign files: the same decisions as the API, complete or not there, continued after a kill."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from recommender.candidates import ActionKind, Assortment, assortment_of
from recommender.decisions import DecisionRequest, reason_text
from recommender.engine.engine import Engine
from recommender.engine.home import Home
from recommender.engine.settings import Settings
from recommender.errors import InvalidRequestError, NotEnoughDataError, NotFoundError
from recommender.events.vocabulary import Return
from recommender.models import FittedModels
from recommender.storage.log import EventLog
from recommender.types import CustomerId, ModelVersion
from tests.training.homes import NOW, Trained, registry_of
from tests.training.small_shop import CUSTOMERS, THINGS, small_shop_events
from training.export import ExportRequest, ExportSummary, export
from training.export_parts import ExportFormat
from training.serving_model import model_for

AS_OF = datetime(2024, 6, 1, tzinfo=UTC)
ROOT = Path(__file__).parents[2]


@pytest.fixture
def deciding(trained: Trained, trained_log: EventLog) -> tuple[FittedModels, Assortment]:
    catalogue = trained_log.catalogue()
    chosen = model_for(trained.registry, trained_log, "champion", NOW, catalogue)
    return chosen.models, assortment_of(chosen.models, catalogue, chosen.version)


@pytest.fixture
def request_to(tmp_path: Path) -> ExportRequest:
    return ExportRequest(tmp_path / "mail.parquet", ExportFormat.PARQUET, DecisionRequest(k=4), block=25)


@pytest.fixture
def engine(trained: Trained) -> Iterator[Engine]:
    with Engine.open(Settings.load(home=trained.home.root), clock=lambda: NOW) as opened:
        yield opened


Deciding = tuple[FittedModels, Assortment]


def run(log: EventLog, deciding: Deciding, request: ExportRequest, now: datetime = NOW) -> ExportSummary:
    return export(log, *deciding, request, now=now)


def by_the_api(
    engine: Engine, deciding: Deciding, request: DecisionRequest, as_of: datetime | None
) -> list[tuple[object, ...]]:
    """What the API answers to every customer, as rows."""
    models, _ = deciding
    snapshot = engine.snapshot_for(models, ModelVersion("1"))
    catalogue = engine.catalogue()
    rows: list[tuple[object, ...]] = []
    for number in range(CUSTOMERS):
        customer = CustomerId(f"shopper-{number:03d}")
        state = engine.state_from_log(customer, until=as_of)
        decision = engine.decide(state, request, snapshot, as_of or NOW)
        for rank, action in enumerate(decision.actions, start=1):
            reason = reason_text(action.reason, catalogue.name)
            item = catalogue.item_id(action.item or 0)
            rows.append((customer, rank, action.action.value, item, round(action.score, 6), reason))
    return rows


@pytest.mark.parametrize("as_of", [None, AS_OF])
@pytest.mark.parametrize(
    "kinds",
    [(ActionKind.PRODUCT_OFFER, ActionKind.BUY_AGAIN), (ActionKind.BUY_AGAIN,), (ActionKind.PRODUCT_OFFER,)],
)
def test_an_export_is_row_by_row_what_the_api_answers(
    engine: Engine,
    deciding: Deciding,
    request_to: ExportRequest,
    as_of: datetime | None,
    kinds: tuple[ActionKind, ...],
) -> None:
    request = replace(request_to, as_of=as_of, decision=DecisionRequest(k=4, actions=kinds), workers=2)
    run(engine.log, deciding, request)
    expected = by_the_api(engine, deciding, request.decision, as_of)
    assert len(expected) > CUSTOMERS / 3
    assert pl.read_parquet(request.out).rows() == expected


def test_no_offer_is_owned_and_none_is_sold_out(
    trained_log: EventLog, deciding: Deciding, request_to: ExportRequest
) -> None:
    request = replace(request_to, decision=DecisionRequest(k=100, actions=(ActionKind.PRODUCT_OFFER,)))
    run(trained_log, deciding, request)
    logged = trained_log.order_lines()
    kept = {
        (logged.customer_ids[c], logged.item_ids[n])
        for c, n, kind in zip(logged.lines.customer, logged.lines.number, logged.lines.kind, strict=True)
        if kind == 0
    }
    back = small_shop_events()[-1]
    assert isinstance(back, Return)
    returned = (back.customer_id, back.lines[0].item_id)
    offers = set(pl.read_parquet(request.out).select("customer_id", "item_id").rows())
    assert offers & (kept - {returned}) == set()
    assert {item for _, item in offers} <= set(THINGS[:-1]) | {"coffee", "tea"}


@pytest.mark.parametrize("file_format", list(ExportFormat))
def test_every_format_reads_back_as_the_same_rows(
    trained_log: EventLog, deciding: Deciding, request_to: ExportRequest, file_format: ExportFormat
) -> None:
    run(trained_log, deciding, request_to)
    request = replace(request_to, out=request_to.out.with_suffix(f".{file_format}"), file_format=file_format)
    run(trained_log, deciding, request)
    readers: dict[ExportFormat, Callable[[Path], pl.DataFrame]] = {
        ExportFormat.PARQUET: pl.read_parquet,
        ExportFormat.CSV: pl.read_csv,
        ExportFormat.JSONL: pl.read_ndjson,
    }
    found = readers[file_format](request.out)
    assert found.columns == ["customer_id", "rank", "action", "item_id", "score", "reason"]
    assert found.rows() == pl.read_parquet(request_to.out).rows()
    assert not request.out.with_name(request.out.name + ".parts").exists()


def test_only_what_happened_before_the_moment_counts(
    trained_log: EventLog, deciding: Deciding, request_to: ExportRequest
) -> None:
    moment = datetime(2024, 1, 15, tzinfo=UTC)
    summary = run(trained_log, deciding, replace(request_to, as_of=moment))
    assert summary.customers == len(trained_log.order_lines(until=moment).customer_ids) < CUSTOMERS
    assert summary.as_of == moment


def test_an_audience_is_kept_in_order_and_unknown_customers_get_what_is_popular(
    trained_log: EventLog, deciding: Deciding, request_to: ExportRequest
) -> None:
    audience = (CustomerId("nobody"), CustomerId("shopper-007"))
    summary = run(trained_log, deciding, replace(request_to, audience=audience))
    rows = pl.read_parquet(request_to.out)
    assert rows["customer_id"].to_list() == ["nobody"] * 4 + ["shopper-007"] * 4
    assert set(rows.head(4)["reason"]) == {"popular right now"}
    assert (summary.customers, summary.tally.cold) == (2, 1)


def test_customers_without_actions_are_counted_with_the_reason(
    trained_log: EventLog, deciding: Deciding, request_to: ExportRequest
) -> None:
    request = replace(
        request_to,
        audience=(CustomerId("nobody"),),
        decision=DecisionRequest(actions=(ActionKind.BUY_AGAIN,)),
    )
    summary = run(trained_log, deciding, request)
    assert summary.tally.rows == 0
    assert summary.without == {"no_candidates": 1}
    assert pl.read_parquet(request.out).columns == [
        "customer_id",
        "rank",
        "action",
        "item_id",
        "score",
        "reason",
    ]


KILLED = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from recommender.candidates import assortment_of
from recommender.decisions import DecisionRequest
from recommender.engine.home import Home
from recommender.storage.log import EventLog
from tests.training.homes import registry_of
from training.export import ExportRequest, export
from training.export_parts import ExportFormat
from training.serving_model import model_for

home, out, now = Home(Path(sys.argv[1])), Path(sys.argv[2]), datetime.fromisoformat(sys.argv[3])

def die(done, total):
    if done >= 75:
        os.kill(os.getpid(), signal.SIGKILL)

with EventLog.open(home.log_url) as log:
    catalogue = log.catalogue()
    chosen = model_for(registry_of(home), log, "champion", now, catalogue)
    request = ExportRequest(out, ExportFormat.PARQUET, DecisionRequest(k=4), block=25)
    export(log, chosen.models, assortment_of(chosen.models, catalogue, chosen.version), request, now=now, progress=die)
"""


def killed_export(trained: Trained, out: Path) -> None:
    arguments = [sys.executable, "-c", KILLED, str(trained.home.root), str(out), NOW.isoformat()]
    done = subprocess.run(
        arguments,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},  # its home, too: there are the compiled kernels
        capture_output=True,
        check=False,
    )
    assert done.returncode == -9, done.stderr.decode()


def test_a_killed_export_leaves_no_file_and_is_continued(
    trained: Trained, trained_log: EventLog, deciding: Deciding, request_to: ExportRequest
) -> None:
    killed_export(trained, request_to.out)
    assert not request_to.out.exists()
    summary = run(trained_log, deciding, request_to, now=NOW + timedelta(minutes=9))
    assert summary.reused >= 75
    assert summary.as_of == NOW
    assert summary.message.startswith("continuing")
    whole = replace(request_to, out=request_to.out.with_name("whole.parquet"))
    again = run(trained_log, deciding, whole)
    assert pl.read_parquet(request_to.out).rows() == pl.read_parquet(whole.out).rows()
    assert summary.tally == again.tally


def test_after_a_kill_other_parameters_start_anew(
    trained: Trained, trained_log: EventLog, deciding: Deciding, request_to: ExportRequest
) -> None:
    killed_export(trained, request_to.out)
    summary = run(trained_log, deciding, replace(request_to, decision=DecisionRequest(k=2)))
    assert summary.reused == 0
    assert summary.message == "starting anew: k changed since the interrupted export"


def test_an_older_file_stays_until_the_new_one_is_complete(
    trained: Trained, trained_log: EventLog, deciding: Deciding, request_to: ExportRequest
) -> None:
    request_to.out.write_text("last week's")
    killed_export(trained, request_to.out)
    assert request_to.out.read_text() == "last week's"
    run(trained_log, deciding, request_to)
    assert len(pl.read_parquet(request_to.out)) > CUSTOMERS


@pytest.mark.parametrize("workers", [1, 2, 5])
@pytest.mark.parametrize("block", [1, 7, 10_000])
def test_threads_and_parts_do_not_change_the_file(
    trained_log: EventLog, deciding: Deciding, request_to: ExportRequest, workers: int, block: int
) -> None:
    audience = tuple(CustomerId(f"shopper-{number:03d}") for number in range(20))
    request = replace(request_to, audience=audience)
    run(trained_log, deciding, request)
    expected = request.out.read_bytes()
    run(trained_log, deciding, replace(request, workers=workers, block=block))
    assert pl.read_parquet(request.out).rows() == pl.read_parquet(expected).rows()


def test_progress_reaches_the_end(
    trained_log: EventLog, deciding: Deciding, request_to: ExportRequest
) -> None:
    seen: list[tuple[int, int]] = []
    export(
        trained_log, *deciding, request_to, now=NOW, progress=lambda done, total: seen.append((done, total))
    )
    assert seen[0] == (0, CUSTOMERS)
    assert seen[-1] == (CUSTOMERS, CUSTOMERS)


def test_nobody_to_export_is_an_error(
    trained_log: EventLog, deciding: Deciding, request_to: ExportRequest
) -> None:
    with pytest.raises(NotEnoughDataError, match="orders of a known customer before 2023"):
        run(trained_log, deciding, replace(request_to, as_of=datetime(2023, 1, 1, tzinfo=UTC)))


def test_a_place_that_cannot_be_written_is_refused_first(
    trained_log: EventLog, deciding: Deciding, request_to: ExportRequest, tmp_path: Path
) -> None:
    for out in (tmp_path, tmp_path / "nowhere" / "mail.csv"):
        with pytest.raises(InvalidRequestError, match="cannot be written"):
            run(trained_log, deciding, replace(request_to, out=out))


def test_without_a_model_everybody_gets_what_is_popular_and_it_is_said(
    shop_home: Home, request_to: ExportRequest
) -> None:
    with EventLog.open(shop_home.log_url) as log:
        catalogue = log.catalogue()
        chosen = model_for(registry_of(shop_home), log, "champion", NOW, catalogue)
        assert "rapport train" in chosen.notes[0]
        run(log, (chosen.models, assortment_of(chosen.models, catalogue, chosen.version)), request_to)
        with pytest.raises(NotFoundError):
            model_for(registry_of(shop_home), log, "3", NOW, catalogue)
    assert len(pl.read_parquet(request_to.out)) > CUSTOMERS


def test_jsonl_is_one_object_per_line(
    trained_log: EventLog, deciding: Deciding, request_to: ExportRequest
) -> None:
    request = replace(request_to, out=request_to.out.with_suffix(".jsonl"), file_format=ExportFormat.JSONL)
    summary = run(trained_log, deciding, request)
    lines = [json.loads(line) for line in request.out.read_text().splitlines()]
    assert len(lines) == summary.tally.rows
    assert set(lines[0]) == {"customer_id", "rank", "action", "item_id", "score", "reason"}

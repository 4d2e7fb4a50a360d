"""Campaign files under a playbook: the same decisions as the API, and a report of who was left out and why."""

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from recommender.candidates import assortment_of
from recommender.contacts.unsubscribing import PURPOSE, Leaving, leaving_of
from recommender.decisions import ActionKind, DecisionRequest, reason_text
from recommender.decisions.decision import ScoredAction
from recommender.engine.deciding import Deciding
from recommender.engine.engine import Engine
from recommender.engine.grounds import Grounds, grounds_of
from recommender.engine.home import Home
from recommender.engine.settings import Settings
from recommender.errors import InvalidRequestError
from recommender.events.vocabulary import (
    AnyEvent,
    ComplaintOpened,
    ConsentChange,
    ContactSent,
    Profile,
    SurveyAnswer,
)
from recommender.models import FittedModels
from recommender.playbook.conditions import compile_condition
from recommender.playbook.reading import read_playbook
from recommender.storage.log import EventLog
from recommender.types import CustomerId, ModelVersion
from tests.training.homes import NOW, Trained
from tests.training.small_shop import CUSTOMERS
from training.columns import EXPORT_COLUMNS, PLAYBOOK_COLUMNS, UNSUBSCRIBE_COLUMN
from training.export import ExportRequest, ExportSummary, export
from training.export_actions import decision_id_of
from training.export_parts import ExportFormat
from training.export_report import action_table, playbook_lines, report_lines
from training.serving_model import model_for

NOON = datetime(2024, 6, 1, 12, tzinfo=UTC)

PLAYBOOK = """[playbook]
name = "Small shop"
currency = "EUR"

[channels.web]
direction = "inbound"

[channels.email]
direction = "outbound"
cost = 0.05

[contact_policy]
needs_consent = true

[[contact_policy.caps]]
contacts = 1
per = "7 days"
except_kinds = ["apology"]

[[contact_policy.quiet_hours]]
from = "20:00"
until = "08:00"

[exploration]
epsilon = 0.2

[[service_plans]]
id = "descale"
name = "Descaling"
items.item_ids = ["kitchen-00", "kitchen-01"]
first_after = "30 days"
every = "60 days"
lead = "7 days"
satisfied_by = ["descaled"]
value = 30.0

[[actions]]
id = "for-you"
kind = "product_offer"
value = 20.0
holdout = 0.3

[[actions]]
id = "again"
kind = "buy_again"
value = 5.0

[[actions]]
id = "descaling"
kind = "service_reminder"
text = "{service} of your {item} is due on {date}."
prior = 0.4

[[actions]]
id = "thanks"
kind = "thank_you"
text = "Thank you for the {item}."
value = 2.0
prior = 0.5
timing.within = "10 days"

[[actions]]
id = "sorry"
kind = "apology"
text = "We are sorry. Please accept {amount}."
value = 100.0
prior = 0.9
goodwill = { amount = 20.0, per_customer = 20.0, total = 2000.0, per = "365 days" }
"""


def name_of(number: int) -> str:
    return f"shopper-{number:03d}"


def dealings() -> Iterator[AnyEvent]:
    """Most allow email; some complained, were mailed, live far away, or only ever answered a survey."""
    for number in range(CUSTOMERS):
        common = {"source": "crm", "customer_id": name_of(number), "occurred_at": NOON - timedelta(days=5)}
        if number % 4:
            yield ConsentChange(event_id=f"c{number}", consent_channel="email", status="subscribed", **common)  # type: ignore[arg-type]
        if number % 10 == 1:
            yield ComplaintOpened(event_id=f"k{number}", complaint_id=f"k{number}", **common)  # type: ignore[arg-type]
        if number % 10 == 2:
            yield ContactSent(event_id=f"s{number}", channel="email", **common)  # type: ignore[arg-type]
        if number % 10 == 3:
            yield Profile(event_id=f"p{number}", time_zone="Asia/Tokyo", **common)  # type: ignore[arg-type]
    for name, at in (("early", NOON - timedelta(days=1)), ("late", NOON + timedelta(days=1))):
        yield SurveyAnswer(source="crm", event_id=name, customer_id=name, occurred_at=at, survey_id="nps")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, shop_log_file: Path) -> Home:
    """A home with a playbook, and customers who did more than buy."""
    home = Home.at(tmp_path_factory.mktemp("playbook-shop"))
    shutil.copy(shop_log_file, home.root / "log.sqlite")
    home.playbook.write_text(PLAYBOOK)
    with EventLog.open(home.log_url, clock=lambda: NOW) as log:
        log.append_bulk(dealings())
    return home


@pytest.fixture(scope="module")
def log(home: Home) -> Iterator[EventLog]:
    with EventLog.open(home.log_url, clock=lambda: NOW) as opened:
        yield opened


@pytest.fixture(scope="module")
def grounds(log: EventLog) -> Grounds:
    return grounds_of(read_playbook(PLAYBOOK), log.catalogue(), is_declared=True)


@pytest.fixture(scope="module")
def models(trained: Trained, log: EventLog) -> FittedModels:
    return model_for(trained.registry, log, "champion", NOW, log.catalogue()).models


Run = Callable[..., ExportSummary]


@pytest.fixture
def run(log: EventLog, grounds: Grounds, models: FittedModels) -> Run:
    assortment = assortment_of(models, grounds.catalogue, ModelVersion("1"))

    def export_to(
        request: ExportRequest, rules: Grounds | None = grounds, now: datetime = NOW
    ) -> ExportSummary:
        return export(log, models, assortment, request, now=now, grounds=rules)

    return export_to


@pytest.fixture
def mail(tmp_path: Path) -> ExportRequest:
    return ExportRequest(
        tmp_path / "mail.parquet",
        ExportFormat.PARQUET,
        DecisionRequest(k=3, channel="email"),
        as_of=NOON,
        block=40,
        workers=2,
    )


@pytest.mark.parametrize("as_of", [None, NOON])
@pytest.mark.parametrize("channel", [None, "email"])
def test_an_export_under_a_playbook_is_row_by_row_what_the_api_answers(
    home: Home,
    models: FittedModels,
    run: Run,
    mail: ExportRequest,
    as_of: datetime | None,
    channel: str | None,
) -> None:
    now = NOW + timedelta(hours=12)
    request = replace(mail, as_of=as_of, decision=replace(mail.decision, channel=channel))
    run(request, now=now)
    found = pl.read_parquet(request.out)
    with Engine.open(Settings.load(home=home.root), clock=lambda: now) as engine:
        expected = by_the_api(engine, models, request, as_of or now)
    assert len(expected) > CUSTOMERS / 3
    shown = found.select(*EXPORT_COLUMNS, "action_id", "text", "subject", "expected_value", "amount")
    assert shown.rows() == expected
    assert found.columns == list(PLAYBOOK_COLUMNS)


def by_the_api(
    engine: Engine, models: FittedModels, request: ExportRequest, now: datetime
) -> list[tuple[object, ...]]:
    snapshot = engine.snapshot_for(models, ModelVersion("1"))
    assert snapshot.repertoire is not None
    deciding = Deciding(engine.log, lambda: now, bytes)
    now_s = int(now.timestamp())
    rows: list[tuple[object, ...]] = []
    for customer in [CustomerId(name_of(number)) for number in range(CUSTOMERS)] + [
        CustomerId("early"),
        *([] if request.as_of else [CustomerId("late")]),
    ]:
        state = engine.state_from_log(customer, until=request.as_of)
        decision = deciding.decide_as(
            decision_id_of(customer, now_s), state, request.decision, snapshot, now_s, customer
        )
        rows += [(customer, rank, *_shown(one, engine)) for rank, one in enumerate(decision.actions, start=1)]
    return rows


def _shown(one: ScoredAction, engine: Engine) -> tuple[object, ...]:
    catalogue = engine.catalogue()
    assert one.expected_value is not None
    return (
        one.action.value,
        None if one.item is None else catalogue.item_id(one.item),
        round(one.score, 6),
        reason_text(one.reason, catalogue.name),
        one.action_id,
        one.text or None,
        one.subject or None,
        round(one.expected_value, 6),
        one.amount or None,
    )


def customers_of(request: ExportRequest) -> set[int]:
    names = pl.read_parquet(request.out)["customer_id"].to_list()
    return {int(name.removeprefix("shopper-")) for name in names if name.startswith("shopper")}


def test_nobody_is_written_to_without_consent_in_their_quiet_hours_or_above_a_cap(
    run: Run, mail: ExportRequest
) -> None:
    summary = run(mail)
    written = pl.read_parquet(mail.out)
    assert all(number % 4 for number in customers_of(mail))
    tired = {number for number in customers_of(mail) if number % 10 == 2}
    assert tired == set(), "a contact five days ago fills the cap of one in seven"
    asleep = {number for number in customers_of(mail) if number % 10 == 3}
    assert asleep == set(), "noon in London is nine in the evening in Tokyo"
    assert summary.tally.left_out["again", "no_consent"] == CUSTOMERS / 4 + 1
    assert summary.tally.left_out["again", "quiet_hours"] > 0
    assert summary.tally.waiting > 0
    assert summary.customers == CUSTOMERS + 1, "everybody who is known at that time, with orders or without"
    assert summary.tally.said == Counter(written["action_id"].to_list())


def test_what_goes_out_has_a_link_to_unsubscribe_where_the_world_can_reach_us(
    run: Run, mail: ExportRequest, log: EventLog
) -> None:
    request = replace(mail, public_url="https://rapport.shop.example")
    run(request)
    rows = pl.read_parquet(mail.out)
    assert rows.columns == [*PLAYBOOK_COLUMNS, UNSUBSCRIBE_COLUMN]
    key = log.key_for(PURPOSE)
    for customer, url in rows.select("customer_id", UNSUBSCRIBE_COLUMN).rows():
        address, token = url.rsplit("/", 1)
        assert address == "https://rapport.shop.example/v1/unsubscribe"
        assert leaving_of(token, key) == Leaving(customer, "email", None)
    for channel in (None, "web"):
        run(replace(request, decision=DecisionRequest(k=1, channel=channel)))
        assert pl.read_parquet(mail.out).columns == list(PLAYBOOK_COLUMNS)


def test_who_complains_gets_an_apology_and_no_offer(run: Run, mail: ExportRequest) -> None:
    run(mail)
    rows = pl.read_parquet(mail.out).filter(pl.col("customer_id").is_in([name_of(n) for n in (11, 31)]))
    assert {"sorry"} <= set(rows["action_id"]) <= {"sorry", "thanks"}
    sorry = rows.filter(pl.col("action_id") == "sorry")
    assert sorry["text"].to_list() == ["We are sorry. Please accept 20.00 EUR."] * 2
    assert (sorry["item_id"].to_list(), sorry["amount"].to_list()) == ([None, None], [20.0, 20.0])


def test_a_promise_names_its_unit_and_its_time(run: Run, mail: ExportRequest) -> None:
    request = replace(
        mail, decision=DecisionRequest(k=3, channel="web", actions=(ActionKind.SERVICE_REMINDER,))
    )
    summary = run(request)
    rows = pl.read_parquet(request.out)
    assert 0 < len(rows) == summary.tally.rows
    assert set(rows["item_id"]) <= {"kitchen-00", "kitchen-01"}
    assert rows["due_at"].null_count() == 0
    assert rows["due_at"].dtype == pl.Datetime("us", "UTC")


def test_an_audience_holds_those_of_whom_its_condition_does(
    run: Run, mail: ExportRequest, log: EventLog
) -> None:
    text = 'complaints.open > 0 and bought("coffee")'
    request = replace(mail, condition=compile_condition(text, about_item=False))
    summary = run(request)
    assert (summary.customers, summary.tally.rows) == (0, 0), "who complains likes the garden, and buys tea"
    other = compile_condition('complaints.open > 0 and bought("tea")', about_item=False)
    summary = run(replace(mail, condition=other))
    assert summary.customers == CUSTOMERS / 10
    assert customers_of(mail) <= set(range(1, CUSTOMERS, 10))
    assert summary.tally.outside == CUSTOMERS + 2 - CUSTOMERS / 10, "who came later is in no audience"


def test_an_audience_needs_no_playbook(run: Run, mail: ExportRequest) -> None:
    request = replace(
        mail,
        decision=DecisionRequest(k=2),
        condition=compile_condition("complaints.open > 0", about_item=False),
    )
    summary = run(request, None)
    assert customers_of(request) == set(range(1, CUSTOMERS, 10))
    assert summary.customers == CUSTOMERS / 10
    assert pl.read_parquet(request.out).columns == list(EXPORT_COLUMNS)


def test_a_file_of_customers_and_a_condition_hold_together(run: Run, mail: ExportRequest) -> None:
    named = tuple(CustomerId(name) for name in ("nobody", "shopper-021", "shopper-007", "late"))
    few = replace(mail, audience=named, decision=DecisionRequest(k=1, channel="web"))
    assert run(few).customers == 4
    condition = compile_condition("complaints.open > 0", about_item=False)
    summary = run(replace(few, condition=condition))
    assert set(pl.read_parquet(few.out)["customer_id"]) == {"shopper-021"}
    assert summary.tally.outside == 3


def test_holdouts_never_get_what_they_are_held_out_of(run: Run, mail: ExportRequest, log: EventLog) -> None:
    request = replace(mail, decision=DecisionRequest(k=3, channel="web", actions=(ActionKind.PRODUCT_OFFER,)))
    summary = run(request)
    held = summary.tally.left_out["for-you", "held_out"]
    assert 0.15 * CUSTOMERS < held < 0.45 * CUSTOMERS


def test_parts_are_used_again_only_under_the_same_playbook_channel_and_audience(
    run: Run, mail: ExportRequest, log: EventLog, models: FittedModels
) -> None:
    def interrupted(done: int, _total: int) -> None:
        if done >= 40:
            raise KeyboardInterrupt

    changed = grounds_of(
        read_playbook(PLAYBOOK.replace("value = 5.0", "value = 6.0")), log.catalogue(), is_declared=True
    )
    assortment = assortment_of(models, changed.catalogue, ModelVersion("1"))
    condition = compile_condition("customer.orders > 1", about_item=False)
    for other, word in (
        (mail, "playbook"),
        (replace(mail, decision=replace(mail.decision, channel="web")), "channel, playbook"),
        (replace(mail, condition=condition), "audience, playbook"),
    ):
        with pytest.raises(KeyboardInterrupt):
            export(log, models, assortment, mail, now=NOW, grounds=changed, progress=interrupted)
        summary = run(other)
        assert summary.reused == 0
        assert summary.message == f"starting anew: {word} changed since the interrupted export"
    with pytest.raises(KeyboardInterrupt):
        export(log, models, assortment, mail, now=NOW, grounds=changed, progress=interrupted)
    again = export(log, models, assortment, mail, now=NOW, grounds=changed)
    assert again.reused >= 40
    rows = pl.read_parquet(mail.out)
    whole = export(log, models, assortment, replace(mail, workers=1, block=7), now=NOW, grounds=changed)
    assert pl.read_parquet(mail.out).equals(rows)
    assert whole.tally == again.tally


@pytest.mark.parametrize("file_format", list(ExportFormat))
def test_moments_and_empty_cells_survive_every_format(
    run: Run, mail: ExportRequest, file_format: ExportFormat
) -> None:
    out = mail.out.with_suffix(f".{file_format}")
    kinds = (ActionKind.SERVICE_REMINDER, ActionKind.APOLOGY)
    decision = DecisionRequest(k=1, actions=kinds, channel="web")
    run(replace(mail, out=out, file_format=file_format, decision=decision))
    text = out.read_bytes().decode("latin-1")
    if file_format is ExportFormat.CSV:
        due = pl.read_csv(out)["due_at"].drop_nulls()[0]
        assert datetime.fromisoformat(due).tzinfo is not None
    if file_format is ExportFormat.JSONL:
        assert '"item_id":null' in text
        assert '"due_at":"2024-' in text


def test_a_channel_that_is_not_declared_is_refused_and_one_without_a_playbook_too(
    run: Run, mail: ExportRequest
) -> None:
    unknown = replace(mail, decision=DecisionRequest(channel="pigeon"))
    with pytest.raises(InvalidRequestError, match="one of email, web"):
        run(unknown)
    with pytest.raises(InvalidRequestError, match="a channel says nothing without a playbook"):
        run(mail, None)
    assert not mail.out.exists()


def test_the_report_says_who_was_left_out_and_why(run: Run, mail: ExportRequest, grounds: Grounds) -> None:
    request = replace(mail, condition=compile_condition("not customer.new", about_item=False))
    summary = run(request)
    said = "\n".join(report_lines(summary, request) + playbook_lines(summary, request, grounds.playbook))
    assert "2 others are not in the audience." in said
    assert "money is EUR" in said
    silent = CUSTOMERS - len(customers_of(request))
    assert f"Nothing is said to {silent:,} (do_nothing): " in said
    assert "This is a preview: no contact and no goodwill is reserved." in said
    table = action_table(summary, request, grounds.playbook)
    shown = [list(map(str, column.cells)) for column in table.columns]
    assert shown[0] == ["for-you", "again", "descaling", "thanks", "sorry"]
    assert shown[2] == [f"{summary.tally.said[name]:,}" for name in shown[0]]
    assert f"no consent {CUSTOMERS // 4}" in shown[3][1]

"""Of several subjects of one person jobs take one, with what is known of all of them."""

import csv
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from recommender.candidates import assortment_of
from recommender.decisions import DecisionRequest
from recommender.engine.grounds import grounds_of
from recommender.engine.home import Home
from recommender.events.vocabulary import AnyEvent, Identify
from recommender.playbook.reading import read_playbook
from recommender.storage.log import EventLog
from recommender.types import CustomerId, ModelVersion
from tests.training.homes import NOW, Trained
from tests.training.simulate.world import FIRST, HEAD, THANKS, World, days_from, said
from tests.training.simulate.world import bought as bought_then
from tests.training.small_shop import THINGS, purchase, small_shop_events, small_shop_items
from tests.training.test_export_playbook import PLAYBOOK
from training.export import ExportRequest, export
from training.export_parts import ExportFormat
from training.learning_data import learning_data
from training.promises import PromisesRequest, promises_in
from training.serving_model import model_for
from training.simulate.preparing import sampled
from training.simulate.running import simulate
from training.simulate.workers import Workers

NOON = datetime(2024, 6, 1, 12, tzinfo=UTC)
ACCOUNT, CARD, DEVICE = (CustomerId(name) for name in ("shopper-000", "card-000", "device-000"))
KITCHEN = THINGS[0]
Exported = dict[str, list[tuple[str, str]]]
PLAIN = """
[playbook]
name = "plain"
currency = "EUR"

[[actions]]
id = "for-you"
kind = "product_offer"
value = 20.0

[[actions]]
id = "again"
kind = "buy_again"
value = 5.0
"""


def links() -> list[AnyEvent]:
    """The account of a customer of the small shop is linked with a card, which bought last, and a device that bought nothing."""
    at = NOON - timedelta(days=2)
    return [
        purchase(CARD, "card-1", NOON - timedelta(days=3), KITCHEN),
        Identify(source="crm", event_id="l1", occurred_at=at, customer_id=ACCOUNT, other_id=CARD),
        Identify(source="crm", event_id="l2", occurred_at=at, customer_id=DEVICE, other_id=CARD),
    ]


@pytest.fixture
def log(shop_home: Home) -> Iterator[EventLog]:
    with EventLog.open(shop_home.log_url, clock=lambda: NOW) as opened:
        opened.append_bulk(links())
        yield opened


@pytest.fixture
def log_of_one_id(new_home: Callable[[str], Home]) -> Iterator[EventLog]:
    """The same shop, had the customer done everything with the card."""
    events = [*small_shop_events(), links()[0]]
    with EventLog.open(new_home("one").log_url, clock=lambda: NOW) as opened:
        opened.append_bulk(
            msgspec.structs.replace(event, customer_id=CARD) if event.customer_id == ACCOUNT else event
            for event in events
        )
        opened.put_items(small_shop_items())
        yield opened


@pytest.fixture
def exported(trained: Trained, tmp_path: Path) -> Callable[..., Exported]:
    def run(
        log: EventLog, named: tuple[CustomerId, ...] | None = None, playbook: str | None = None
    ) -> Exported:
        """Return what the file says to every customer."""
        catalogue = log.catalogue()
        models = model_for(trained.registry, log, "champion", NOW, catalogue).models
        grounds = (
            None if playbook is None else grounds_of(read_playbook(playbook), catalogue, is_declared=True)
        )
        out = tmp_path / "out.csv"
        request = ExportRequest(
            out, ExportFormat.CSV, DecisionRequest(k=9), as_of=NOON, audience=named, block=25
        )
        export(
            log,
            models,
            assortment_of(models, catalogue, ModelVersion("1")),
            request,
            now=NOW,
            grounds=grounds,
        )
        found: Exported = {}
        with out.open() as file:
            for row in csv.DictReader(file):
                found.setdefault(row["customer_id"], []).append((row["item_id"], row["score"]))
        return found

    return run


@pytest.mark.parametrize("playbook", [None, PLAIN])
def test_a_person_is_exported_once_as_if_all_had_happened_under_one_id(
    log: EventLog, log_of_one_id: EventLog, exported: Callable[..., Exported], playbook: str | None
) -> None:
    found = exported(log, playbook=playbook)
    assert len(found[CARD]) == 9
    assert found == exported(log_of_one_id, playbook=playbook)


@pytest.mark.parametrize("playbook", [None, PLAIN])
def test_whoever_is_asked_for_by_name_is_decided_for_as_the_person(
    log: EventLog, exported: Callable[..., Exported], playbook: str | None
) -> None:
    everybody = exported(log, playbook=playbook)
    found = exported(log, (DEVICE, ACCOUNT, CustomerId("shopper-001")), playbook)
    assert list(found) == [DEVICE, ACCOUNT, "shopper-001"]
    assert found[DEVICE] == found[ACCOUNT] == everybody[CARD]
    assert found["shopper-001"] == everybody["shopper-001"]


def test_what_is_owed_is_owed_once_and_found_under_each(log: EventLog) -> None:
    playbook = read_playbook(PLAYBOOK)

    def owed(customer_id: CustomerId | None) -> dict[str, int]:
        rows = promises_in(log, playbook, PromisesRequest(NOON, customer_id)).rows
        return Counter(row.customer_id for row in rows)

    everybody = owed(None)
    assert ACCOUNT not in everybody
    assert owed(ACCOUNT)[ACCOUNT] == owed(DEVICE)[DEVICE] == everybody[CARD] == owed(CARD)[CARD] > 0


def test_who_learns_learns_of_one_customer(log: EventLog) -> None:
    known = learning_data(log, NOON, now=NOW).purchases.customers
    assert CARD in known
    assert ACCOUNT not in known
    before = learning_data(log, NOON - timedelta(days=2), now=NOW).purchases.customers
    assert {CARD, ACCOUNT} <= set(before), "nobody had linked them then"


def test_a_person_is_simulated_once_and_thanked_for_what_was_bought_under_each_id(tmp_path: Path) -> None:
    link = Identify(
        source="crm",
        event_id="l",
        occurred_at=datetime(2024, 4, 1, tzinfo=UTC),
        customer_id="web",
        other_id="card",
    )
    orders = [bought_then("web", "2024-05-02T11:00", "mug"), bought_then("card", "2024-05-04T11:00", "tea")]
    world = World.of(tmp_path, [link, *orders])
    assert sampled(world.log, None) == ["card"]
    plan = world.plan(HEAD + THANKS, window=days_from(FIRST, 21))
    with Workers(1) as hands:
        told = [
            said(row) for row in simulate(world.log, plan, sampled(world.log, None), workers=hands).rows(0)
        ]
    assert told == [("card", "05-03 10:00:00", "thanks"), ("card", "05-05 10:00:00", "thanks")]

"""``rapport replay``: exact also after later events, items and playbooks; honest where it cannot be."""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest
import typer
from sqlalchemy import create_engine, text

from recommender.bundles import load_bundle
from recommender.candidates.assortment import FALLBACK
from recommender.catalog import CatalogItem, OwnershipRule
from recommender.decisions.decision import Decision
from recommender.decisions.receipts import decode_receipt, encode_receipt
from recommender.decisions.request import DecisionRequest
from recommender.engine.cli import build_app, run
from recommender.engine.engine import Engine
from recommender.engine.settings import Settings
from recommender.engine.snapshots import Snapshot
from recommender.events.vocabulary import AnyEvent, ComplaintOpened, Identify, Unlink
from recommender.storage.receipts import StoredReceipt
from recommender.types import CustomerId, ItemNumber, ModelVersion
from tests.recommender.engine.shops import read, wait_until_trusted
from tests.training.homes import NOW, Trained, registry_of
from tests.training.small_shop import purchase
from training.commands import replay

WHO = CustomerId("shopper-001")
PLAYBOOK = """[playbook]
name = "Shop"
currency = "EUR"

[channels.web]
direction = "inbound"

[channels.email]
direction = "outbound"

[contact_policy]
needs_consent = false
caps = [{ contacts = 2, per = "7 days" }]

[[actions]]
id = "for-you"
kind = "product_offer"
value = 20.0
holdout = 0.1

[[actions]]
id = "again"
kind = "buy_again"
value = 5.0

[[actions]]
id = "sorry"
kind = "apology"
value = 100.0
goodwill = { amount = 20.0, per_customer = 20.0, total = 100.0, per = "365 days" }

[exploration]
epsilon = 0.5
"""


class Desk:
    """A worker of a copy of the trained home, whose model, events and playbook move on after it decided."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.now: datetime = NOW
        self.engine = Engine.open(Settings.load(home=home), clock=lambda: self.now)
        wait_until_trusted(self.engine)

    def snapshot(self, version: str) -> Snapshot:
        home = Settings.load(home=self.home).home_folder()
        if version == FALLBACK:
            return self.engine.snapshot_for(self.engine.popularity_fallback(self.now), FALLBACK)
        models, _ = load_bundle(registry_of(home).bundle_path(version))
        return self.engine.snapshot_for(models, ModelVersion(version))

    def decide(
        self, request: DecisionRequest, customer_id: CustomerId | None = WHO, version: str = "1"
    ) -> Decision:
        state = read(self.engine, customer_id or CustomerId("nobody"))
        decision = self.engine.decide(state, request, self.snapshot(version), self.now, customer_id)
        self.engine.record(decision, request, customer_id)
        return decision

    def reserve(self, request: DecisionRequest) -> Decision:
        async def once() -> Decision:
            try:
                return (await self.engine.decide_outbound(WHO, request, self.snapshot("1"))).decision
            finally:
                await self.engine._parts.store.aclose()

        return asyncio.run(once())

    def move_on(self) -> None:
        """Let everything change that a decision was made from."""
        self.now += timedelta(minutes=1)
        item = self.engine.log.numbers.id_of(0)
        self.engine.append([purchase(WHO, "later", self.now, item), purchase(WHO, "late", NOW, "brand-new")])
        self.engine.put_items([CatalogItem(item_id=item, name="renamed", available=False)])
        self.engine.put_ownership([OwnershipRule(kind="own_once", category=())])
        playbook = self.home / "playbook.toml"
        if playbook.exists():
            playbook.write_text(PLAYBOOK.replace("20.0", "1.0"))
            self.engine._foundations.follow()


@pytest.fixture
def desk(trained: Trained, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Desk]:
    """Give a desk under the playbook, or under the one that a test asks for."""
    home = tmp_path / "home"
    shutil.copytree(trained.home.root, home, ignore=shutil.ignore_patterns("run", "state"))
    playbook: str | None = getattr(request, "param", PLAYBOOK)
    if playbook is not None:
        (home / "playbook.toml").write_text(playbook)
    opened = Desk(home)
    yield opened
    opened.engine.close()


@pytest.fixture
def replayed(
    desk: Desk, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], tuple[int, str]]:
    """Return a function that replays a decision from the command line once its worker has ended."""
    app: typer.Typer = build_app([])[0]
    replay.register(app)
    monkeypatch.setenv("RAPPORT_HOME", str(desk.home))

    def ask(decision_id: str) -> tuple[int, str]:
        desk.engine.receipts.flush()
        code = run(app, ["replay", decision_id])
        told = capsys.readouterr()
        return code, told.out + told.err

    return ask


Ask = Callable[[str], tuple[int, str]]


def test_a_decision_is_repeated_byte_for_byte_after_everything_moved_on(desk: Desk, replayed: Ask) -> None:
    decisions = [desk.decide(DecisionRequest(k=k, channel="web")) for k in (1, 3, 10, 10, 10)]
    assert any(decision.explored for decision in decisions) or len(decisions) == 5
    desk.move_on()
    for decision in decisions:
        code, told = replayed(decision.decision_id)
        assert code == 0, told
        assert "byte for byte" in told
    assert desk.decide(DecisionRequest(k=3, channel="web")).actions != decisions[1].actions


def test_a_reserved_contact_and_an_apology_with_goodwill_are_repeated(desk: Desk, replayed: Ask) -> None:
    desk.engine.append(
        [
            ComplaintOpened(
                source="shop", event_id="k1", occurred_at=desk.now, customer_id=WHO, complaint_id="k1"
            )
        ]
    )
    decision = desk.reserve(DecisionRequest(k=3, channel="email", request_id="r1"))
    assert [one.amount for one in decision.actions] == [20.0]
    desk.move_on()
    assert replayed(f"{decision.decision_id}#1")[0] == 0


@pytest.mark.parametrize(
    ("desk", "customer"), [(PLAYBOOK, None), (None, WHO), (None, None)], indirect=["desk"]
)
def test_a_decision_for_nobody_and_one_without_a_playbook_are_repeated(
    desk: Desk, replayed: Ask, customer: CustomerId | None
) -> None:
    decision = desk.decide(DecisionRequest(k=5, cart=(ItemNumber(3),)), customer)
    assert (decision.trace is None) == (not (desk.home / "playbook.toml").exists())
    desk.move_on()
    assert replayed(decision.decision_id)[0] == 0


def test_a_decision_without_a_model_is_made_again_and_said_to_be_one(desk: Desk, replayed: Ask) -> None:
    decision = desk.decide(DecisionRequest(k=3), version=FALLBACK)
    _, told = replayed(decision.decision_id)
    assert "without a model" in told


def test_what_comes_out_otherwise_is_printed_with_exit_code_one(desk: Desk, replayed: Ask) -> None:
    decision = desk.decide(DecisionRequest(k=3, channel="web"))
    desk.engine.receipts.flush()
    stored = desk.engine.log.receipt(decision.decision_id)
    assert stored is not None
    receipt = decode_receipt(stored.content)
    first, *rest = receipt.decision.actions
    forged = msgspec.structs.replace(
        receipt.decision, actions=(msgspec.structs.replace(first, score=0.987), *rest)
    )
    content = encode_receipt(forged, receipt.request)
    desk.engine.log.put_receipts([StoredReceipt(decision.decision_id, WHO, desk.now, content)])
    code, told = replayed(decision.decision_id)
    assert code == 1
    assert "0.987" in told


def test_an_unknown_decision_and_an_erased_customer_are_called_that(desk: Desk, replayed: Ask) -> None:
    code, told = replayed("019c12ab-7e1c-7a60-9d4e-3f6a5b1c2d3e")
    assert (code, "there is no receipt of this decision" in told) == (2, True)
    decision = desk.decide(DecisionRequest(k=3, channel="web"))
    desk.engine.receipts.flush()
    database = create_engine(f"sqlite:///{desk.home}/log.sqlite")
    with database.begin() as connection:
        connection.execute(text("DELETE FROM events WHERE customer_id = :who"), {"who": WHO})
    database.dispose()
    code, told = replayed(decision.decision_id)
    assert (code, "was erased" in told) == (2, True)


def test_who_was_one_person_then_is_one_in_the_replay_and_who_is_erased_since_is_missed(
    desk: Desk, replayed: Ask
) -> None:
    card = CustomerId("her-card")

    def told(kind: type[Identify] | type[Unlink], name: str) -> AnyEvent:
        desk.now += timedelta(minutes=1)
        return kind(source="crm", event_id=name, occurred_at=desk.now, customer_id=WHO, other_id=card)

    def is_owned(item: ItemNumber) -> bool:
        items = read(desk.engine, WHO).items
        return item in items.number[items.owned > 0].tolist()

    asked = DecisionRequest(k=10, channel="web")
    decisions = [desk.decide(asked)]
    bought = next(one.item for one in decisions[0].actions if one.item is not None and not is_owned(one.item))
    desk.engine.append([purchase(card, "by-card", NOW, desk.engine.log.numbers.id_of(bought))])
    desk.engine.append([told(Identify, "l1")])
    assert is_owned(bought)
    decisions.append(desk.decide(asked))
    assert all(one.item != bought for one in decisions[1].actions if one.action.value == "product_offer")
    desk.engine.append([told(Unlink, "l2")])
    assert not is_owned(bought)
    decisions.append(desk.decide(asked))
    desk.engine.append([told(Identify, "l3")])
    desk.move_on()
    assert [replayed(one.decision_id)[0] for one in decisions] == [0, 0, 0]
    desk.decide(asked)
    desk.engine.erase(card)
    again = [replayed(one.decision_id) for one in decisions]
    assert [code for code, _ in again] == [0, 1, 0], "what the card bought is gone"
    assert ["what another id of the same person did" in said for _, said in again] == [False, True, False]
    assert replayed(desk.decide(asked).decision_id)[0] == 0


def test_an_id_that_would_write_on_the_terminal_is_shown_escaped(replayed: Ask) -> None:
    code, told = replayed("x\x1b[2J\nReplayed byte for byte: 3 actions")
    assert code == 2
    assert told.strip().count("\n") == 0
    assert "\x1b" not in told
    assert r"'x\x1b[2J\nReplayed byte for byte" in told


def test_an_erasure_is_told_of_every_decision_about_the_customer_and_of_no_other(
    desk: Desk, replayed: Ask
) -> None:
    inbound = desk.decide(DecisionRequest(k=3, channel="web"))
    outbound = desk.reserve(DecisionRequest(k=3, channel="email", request_id="r1"))
    others = desk.decide(DecisionRequest(k=3, channel="web"), CustomerId("nobody"))
    erased = desk.engine.erase(WHO, "they asked")
    assert erased.erasure.decisions == 2
    late = desk.decide(DecisionRequest(k=3, channel="web"))
    desk.engine.receipts.flush()
    for decision in (inbound, outbound, late):
        code, told = replayed(decision.decision_id)
        assert (code, "the customer of this decision was erased" in told) == (2, True)
        assert WHO not in told
    assert replayed(others.decision_id)[0] == 0

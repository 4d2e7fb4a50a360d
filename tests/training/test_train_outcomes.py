"""What customers made of what was said: learned by a training run, kept in its bundle, used by the next decision."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from recommender.bundles import load_bundle
from recommender.decisions import Decision, DecisionRequest, ScoredAction, encode_receipt
from recommender.decisions.propensity import customer_features, fact_features
from recommender.decisions.reasons import Reason, ReasonKind
from recommender.engine.deciding import Deciding
from recommender.engine.grounds import grounds_of
from recommender.engine.home import Home
from recommender.engine.projection import LogFolds
from recommender.engine.snapshots import Snapshot, snapshot_of
from recommender.events.vocabulary import AnyEvent, Impression, Response
from recommender.playbook.kinds import ActionKind
from recommender.playbook.reading import read_playbook
from recommender.storage.log import EventLog
from recommender.storage.receipts import StoredReceipt
from recommender.types import CustomerId, DecisionId, ModelVersion
from tests.training.homes import NOW, Trained, train_in
from tests.training.small_shop import CUSTOMERS

TOLD = datetime(2024, 7, 1, 12, tzinfo=UTC)
REGULAR = 9
"""Customers with so many orders answer gladly."""

PLAYBOOK = """[playbook]
name = "Small shop"
currency = "EUR"

[channels.email]
direction = "outbound"

[contact_policy]
needs_consent = false

[[actions]]
id = "nps"
kind = "survey"
survey_id = "nps"
timing.within = "60 days"
trigger = "customer.orders > 0"
text = "How are we doing?"
value = 2.0
prior = 0.3
prior_weight = 20

[[actions]]
id = "unheard-of"
kind = "survey"
survey_id = "new"
timing.within = "60 days"
trigger = "customer.orders > 0"
text = "And what about this?"
value = 1.0
prior = 0.25
"""


def answers(customer: CustomerId, decision: DecisionId, *, accepted: bool) -> list[AnyEvent]:
    """That it was seen, and what the customer did."""
    seen = Impression(
        source="mail",
        event_id=f"i-{decision}",
        occurred_at=TOLD + timedelta(minutes=1),
        customer_id=customer,
        decision_id=decision,
        rank=1,
    )
    response = Response(
        source="mail",
        event_id=f"r-{decision}",
        occurred_at=TOLD + timedelta(hours=1),
        customer_id=customer,
        decision_id=decision,
        rank=1,
        outcome="accepted" if accepted else "ignored",
    )
    return [seen, response]


def asked(log: EventLog, number: int, rng: np.random.Generator) -> bool:
    """Ask a customer three times, with receipts, and log what they did; return whether they are a regular."""
    customer = CustomerId(f"shopper-{number:03d}")
    version = log.version_of(customer)
    state = LogFolds(log).fold(log.histories_of([customer])[customer].events, version)
    is_regular = state.orders >= REGULAR
    one = ScoredAction(ActionKind.SURVEY, None, 0.3, Reason(ReasonKind.POPULAR), "survey", action_id="nps")
    for turn in range(3):
        name = DecisionId(f"d-{number}-{turn}")
        made = Decision(
            decision_id=name,
            customer_version=version,
            model_version=ModelVersion("1"),
            catalogue_version=1,
            cold=False,
            served_by="model",
            actions=(one,),
            decided_at_us=int(TOLD.timestamp() * 1e6),
            gated={},
        )
        content = encode_receipt(made, DecisionRequest(channel="email"))
        log.put_receipts([StoredReceipt(name, customer, TOLD, content)])
        log.append(answers(customer, name, accepted=rng.random() < (0.8 if is_regular else 0.1)))
    return is_regular


@pytest.fixture(scope="module")
def taught(
    tmp_path_factory: pytest.TempPathFactory, empty_registry: Path, shop_log_file: Path
) -> tuple[Trained, dict[int, bool]]:
    """A home trained after everybody was asked, and who its regulars are."""
    home = Home.at(tmp_path_factory.mktemp("taught"))
    shutil.copy(empty_registry, home.mlflow / "mlflow.db")
    shutil.copy(shop_log_file, home.root / "log.sqlite")
    rng = np.random.default_rng(3)
    with EventLog.open(home.log_url, clock=lambda: NOW) as log:
        regular = {number: asked(log, number, rng) for number in range(CUSTOMERS)}
    return train_in(home), regular


def test_a_run_says_how_many_outcomes_taught_and_draws_what_they_came_to(
    taught: tuple[Trained, dict[int, bool]],
) -> None:
    trained, _ = taught
    metrics = trained.outcome.result.metrics
    assert (metrics["propensity_outcomes"], metrics["propensity_cells"]) == (3 * CUSTOMERS, 1)
    assert trained.outcome.version.metrics["propensity_outcomes"] == 3 * CUSTOMERS
    kept = {file.name for file in trained.home.mlflow_artifacts.rglob("*.png")}
    assert "propensity.png" in kept


def test_the_bundle_holds_what_was_learned(taught: tuple[Trained, dict[int, bool]]) -> None:
    trained, _ = taught
    models, metadata = load_bundle(trained.registry.bundle_path("champion"))
    assert models.propensity is not None
    assert models.propensity.seen["nps", "email"][0] == 3 * CUSTOMERS
    assert set(models.propensity.cells) == {("survey", "email")}
    assert metadata.metadata.metrics["propensity_outcomes"] == 3 * CUSTOMERS


def test_a_shop_that_said_nothing_learns_nothing_of_it(trained: Trained) -> None:
    models, _ = load_bundle(trained.registry.bundle_path("champion"))
    assert models.propensity is None
    assert "propensity_outcomes" not in trained.outcome.result.metrics


def test_the_next_decision_believes_the_outcomes_and_a_new_action_its_prior(
    taught: tuple[Trained, dict[int, bool]],
) -> None:
    trained, regular = taught
    models, _ = load_bundle(trained.registry.bundle_path("champion"))
    learned = models.propensity
    assert learned is not None
    said: dict[bool, list[float]] = {True: [], False: []}
    with EventLog.open(trained.home.log_url, clock=lambda: NOW) as log:
        grounds = grounds_of(read_playbook(PLAYBOOK), log.catalogue(), is_declared=True)
        snapshot: Snapshot = snapshot_of(models, ModelVersion("1"), grounds, None)
        deciding = Deciding(log, lambda: TOLD, bytes)
        for number, is_regular in regular.items():
            customer = CustomerId(f"shopper-{number:03d}")
            # As they were before anybody asked, so that nothing cools off.
            known = log.histories_of([customer], until=TOLD)[customer].events
            state = LogFolds(log).fold(known, log.version_of(customer))
            decision = deciding.decide(state, DecisionRequest(k=9, channel="email"), snapshot, TOLD, customer)
            score = {one.action_id: one.score for one in decision.actions}
            assert score["unheard-of"] == 0.25
            said[is_regular].append(score["nps"])
    now_s = int(TOLD.timestamp())
    assert decision.trace is not None
    weighed = next(one for one in decision.trace.weighed if one.action_id == "nps")
    features = (*customer_features(state, now_s), *fact_features(weighed.since_s, None, now_s), -1.0)
    assert score["nps"] == learned.probability(("nps", ActionKind.SURVEY, "email"), (0.3, 20.0), features)
    assert np.mean(said[True]) == pytest.approx(0.8, abs=0.12)
    assert np.mean(said[False]) == pytest.approx(0.1, abs=0.12)

"""The registered model in a notebook: MLflow's own loading, pickle switched off."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
import pytest

from recommender.bundles import load_bundle
from recommender.candidates import assortment_of
from recommender.catalog import Catalogue
from recommender.decisions import DecisionRequest, decide
from recommender.errors import CorruptBundleError, InvalidInputError, InvalidRequestError
from recommender.storage.log import EventLog
from recommender.types import CustomerId, DecisionId
from tests.training.homes import Trained
from tests.training.small_shop import CUSTOMERS, THINGS
from training.predicting import Predictor

ROOT = Path(__file__).parents[2]


def rows(**columns: object) -> pd.DataFrame:
    content = {
        "customer_id": ["ada", "ada", "bob"],
        "item_id": ["coffee", "kitchen-00", "garden-01"],
        "occurred_at": pd.to_datetime(["2024-05-01", "2024-05-01", "2024-05-20"]),
        "quantity": [1, 1, 2],
    }
    return pd.DataFrame(content | columns)


@pytest.fixture(scope="module")
def model(trained: Trained) -> Iterator[Any]:  # MLflow is untyped
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")
        mlflow.set_tracking_uri(trained.home.mlflow_uri)
        yield mlflow.pyfunc.load_model("models:/rapport@champion")
        mlflow.set_tracking_uri(None)


def test_every_customer_of_the_frame_gets_ranked_items_they_do_not_own(model: Any) -> None:
    answer = model.predict(rows(), params={"k": 4})
    assert list(answer.columns) == ["customer_id", "rank", "item_id", "score"]
    assert answer["customer_id"].tolist() == ["ada"] * 4 + ["bob"] * 4
    assert answer["rank"].tolist() == [1, 2, 3, 4] * 2
    owned = {("ada", "coffee"), ("ada", "kitchen-00"), ("bob", "garden-01")}
    assert owned.isdisjoint(zip(answer["customer_id"], answer["item_id"], strict=True))
    assert answer["score"].between(0, 1).all()
    for _, slate in answer.groupby("customer_id"):
        assert slate["score"].is_monotonic_decreasing


def test_taste_is_recognised(model: Any) -> None:
    answer = model.predict(rows(), params={"k": 5})
    assert all(item.startswith("kitchen") for item in answer[answer.customer_id == "ada"]["item_id"])


def test_ten_is_the_default_and_buying_again_can_be_asked_for(model: Any) -> None:
    assert model.predict(rows()).groupby("customer_id").size().tolist() == [10, 10]
    again = model.predict(rows(), params={"k": 1, "actions": "buy_again"})
    assert again[["customer_id", "item_id"]].to_numpy().tolist() == [["ada", "coffee"]]


def test_the_answer_is_that_of_the_log_and_the_same_decision(
    trained: Trained, trained_log: EventLog, model: Any
) -> None:
    as_of = datetime(2024, 6, 1, tzinfo=UTC)
    frame = frame_of(trained_log, as_of)
    answer = model.predict(
        frame, params={"k": 3, "actions": "product_offer,buy_again", "as_of": as_of.isoformat()}
    )
    models, _ = load_bundle(trained.registry.bundle_path("champion"))
    assortment, request = assortment_of(models, Catalogue.empty()), DecisionRequest(k=3)
    expected = []
    for number in range(1, CUSTOMERS):
        customer = CustomerId(f"shopper-{number:03d}")
        state = state_of(trained_log, customer, as_of)
        decision = decide(
            state, request, models, assortment, now_s=int(as_of.timestamp()), decision_id=DecisionId("")
        )
        for rank, action in enumerate(decision.actions, start=1):
            expected.append(
                (customer, rank, models.items.ids[models.index_of_number[action.item]], action.score)
            )
    found = answer[answer["customer_id"] != "shopper-000"]
    assert list(found.itertuples(index=False, name=None)) == expected


def frame_of(log: EventLog, until: datetime) -> pd.DataFrame:
    """The purchases of everybody as a data scientist would query them."""
    logged = log.order_lines(until=until)
    lines = logged.lines
    return pd.DataFrame(
        {
            "customer_id": [logged.customer_ids[code] for code in lines.customer.tolist()],
            "item_id": [logged.item_ids[number] for number in lines.number.tolist()],
            "occurred_at": pd.to_datetime(lines.at_us, unit="us", utc=True),
            "quantity": [
                -q if kind else q
                for q, kind in zip(lines.quantity.tolist(), lines.kind.tolist(), strict=True)
            ],
        }
    ).sort_values(["customer_id", "occurred_at"], kind="stable")


def state_of(log: EventLog, customer: CustomerId, until: datetime) -> Any:
    from recommender.customers import fold

    events = [stored.event for stored in log.events_of(customer, until=until)]
    return fold(events, log.numbers, 0)


def test_who_bought_only_unknown_items_gets_what_is_popular(model: Any) -> None:
    frame = rows(item_id=["sofa", "lamp", "rug"])
    answer = model.predict(frame, params={"k": 3})
    slates = answer.groupby("customer_id")["item_id"].apply(list)
    assert slates["ada"] == slates["bob"]
    assert len(slates["ada"]) == 3


def test_what_was_given_back_may_be_offered_again(model: Any) -> None:
    def offered(quantity: list[int]) -> set[str]:
        frame = rows(
            customer_id=["ada"] * 3, item_id=["coffee", "kitchen-00", "kitchen-00"], quantity=quantity
        )
        return set(model.predict(frame, params={"k": 100})["item_id"])

    assert "kitchen-00" not in offered([1, 1, 1])
    assert "kitchen-00" in offered([1, 1, -1])


def test_rows_after_the_asked_time_did_not_happen(model: Any) -> None:
    answer = model.predict(rows(), params={"k": 100, "as_of": "2024-05-10"})
    assert "garden-01" in set(answer[answer.customer_id == "bob"]["item_id"])
    assert "kitchen-00" not in set(answer[answer.customer_id == "ada"]["item_id"])


def test_an_empty_frame_gives_an_empty_typed_frame(model: Any) -> None:
    answer = model.predict(rows().iloc[:0])
    assert len(answer) == 0
    assert [dtype.kind for dtype in answer.dtypes] == ["O", "i", "O", "f"]


def test_more_than_there_is_gives_what_there_is(model: Any) -> None:
    answer = model.predict(rows(), params={"k": 100})
    assert 0 < len(answer[answer.customer_id == "ada"]) <= len(THINGS) + 1


@pytest.mark.parametrize(
    "params", [{"k": 0}, {"k": -3}, {"k": 101}, {"actions": "nothing"}, {"actions": ""}, {"as_of": "soon"}]
)
def test_parameters_out_of_range_are_refused(model: Any, params: dict[str, object]) -> None:
    with pytest.raises(InvalidRequestError):
        model.predict(rows(), params=params)


@pytest.mark.parametrize(
    "columns",
    [{"quantity": [1, float("nan"), 1]}, {"occurred_at": pd.to_datetime(["2024-05-01", None, "2024-05-01"])}],
)
def test_missing_values_are_refused_with_their_row(model: Any, columns: dict[str, object]) -> None:
    with pytest.raises(InvalidInputError, match="row 1 cannot be read"):
        model.predict(rows(**columns))


def test_a_missing_column_is_named(model: Any) -> None:
    with pytest.raises(mlflow.exceptions.MlflowException, match="quantity"):
        model.predict(rows().drop(columns="quantity"))


def test_a_corrupt_bundle_is_not_loaded(trained: Trained, tmp_path: Path) -> None:
    source = trained.registry.bundle_path("champion")
    copy = tmp_path / source.name
    copy.mkdir()
    for file in source.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    (copy / "blend__weights.npy").write_bytes(b"\x80\x04pickle")
    with pytest.raises(CorruptBundleError):
        Predictor.load(copy)


def test_it_loads_in_a_process_that_knows_only_where_the_registry_is(
    trained: Trained, tmp_path: Path
) -> None:
    code = (
        "import mlflow, pandas as pd\n"
        "model = mlflow.pyfunc.load_model('models:/rapport@champion')\n"
        "rows = pd.DataFrame({'customer_id': ['ada'], 'item_id': ['coffee'],"
        " 'occurred_at': ['2024-05-01'], 'quantity': [1]})\n"
        "print(len(model.predict(rows, params={'k': 7})))\n"
    )
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "PYTHONPATH": str(ROOT),
        "MLFLOW_TRACKING_URI": trained.home.mlflow_uri,
        "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
    }
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "7"), done.stderr

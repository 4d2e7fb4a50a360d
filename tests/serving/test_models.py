"""Champions come and go while requests are answered."""

import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import httpx
import pytest

from recommender.bundles.folders import verify
from serving.settings import ServingSettings
from tests.serving.running_api import RunningApi, copied, eventually, settings_for
from tests.serving.shops import offered, purchase
from tests.serving.trained import TestRegistry, train


@pytest.fixture
def own(trained_home: Path, tmp_path: Path) -> ServingSettings:
    return settings_for(copied(trained_home, tmp_path / "home"))


def version_of(client: httpx.Client) -> str:
    return str(client.get("/v1/model").json()["model_version"])


def serves(client: httpx.Client, version: str) -> bool:
    return version_of(client) == version


def damaged(bundle: Path) -> Path:
    """Flip one bit of an array, and return its file."""
    array = next(bundle.glob("*.npy"))
    content = bytearray(array.read_bytes())
    content[-1] ^= 1
    array.write_bytes(bytes(content))
    return array


def test_a_new_champion_is_served_without_a_failed_request(own: ServingSettings) -> None:
    registry = TestRegistry(own)
    second = registry.register(train(own, seed=1))
    with RunningApi(own) as api, ThreadPoolExecutor(4) as pool:
        key = api.make_key("server").text
        client = api.client(key)
        stop = threading.Event()
        seen: list[tuple[int, str]] = []

        def ask(number: int) -> None:
            with httpx.Client(base_url=api.url, headers={"x-api-key": key}, timeout=30) as mine:
                while not stop.is_set():
                    answer = mine.get(f"/v1/customers/c{number:02d}/actions")
                    seen.append((answer.status_code, answer.json()["model_version"]))

        for number in range(4):
            pool.submit(ask, number)
        for version in (second, "1", second):
            registry.promote(version)
            eventually(partial(serves, client, version), what=f"version {version} serves")
        stop.set()
    assert {status for status, _ in seen} == {200}
    assert {version for _, version in seen} == {"1", second}
    assert len(seen) > 100


def test_a_corrupt_bundle_is_refused_and_the_old_one_keeps_serving(own: ServingSettings) -> None:
    registry = TestRegistry(own)
    bundle = train(own, seed=2)
    version = registry.register(bundle)
    array = damaged(bundle)
    with RunningApi(own) as api:
        client = api.client(api.make_key("server").text)
        registry.promote(version)
        eventually(lambda: "last_problem" in client.get("/v1/model").json(), what="the refusal is told")
        assert version_of(client) == "1"
        assert client.get("/v1/customers/c01/actions").json()["model_version"] == "1"
        ready = client.get("/readyz")
        assert ready.status_code == 200
        assert array.name in ready.json()["model"]["reason"]
        assert 'rapport_model_refusals_total{reason="bundle_corrupt"} 1.0' in client.get("/metrics").text
        registry.promote("1")
        eventually(lambda: "last_problem" not in client.get("/v1/model").json(), what="the problem is gone")


def test_a_damaged_bundle_is_fetched_anew_while_the_old_one_serves(own: ServingSettings) -> None:
    registry = TestRegistry(own)
    bundle = train(own, seed=4)
    version = registry.register(bundle, keep_artifacts=True)
    array = damaged(bundle)
    content = array.read_bytes()
    with RunningApi(own) as api:
        client = api.client(api.make_key("server").text)
        assert version_of(client) == "1"
        registry.promote(version)
        eventually(lambda: version_of(client) == version, what="the fetched version serves")
        assert "last_problem" not in client.get("/v1/model").json()
    assert array.read_bytes() != content
    verify(bundle)


def test_a_champion_damaged_while_nothing_ran_is_fetched_anew_at_the_start(own: ServingSettings) -> None:
    registry = TestRegistry(own)
    bundle = train(own, seed=5)
    registry.promote(registry.register(bundle, keep_artifacts=True))
    with RunningApi(own) as api:
        key = api.make_key("server").text
        served = version_of(api.client(key))
        assert served != "1"
    (bundle / "items.json").unlink()
    with RunningApi(own) as api:
        assert version_of(api.client(key)) == served
    verify(bundle)


def test_a_bundle_of_another_machine_is_fetched_from_the_registry(own: ServingSettings) -> None:
    registry = TestRegistry(own)
    bundle = train(own, seed=3)
    version = registry.register(bundle, keep_artifacts=True)
    shutil.rmtree(bundle)
    registry.promote(version)
    with RunningApi(own) as api:
        client = api.client(api.make_key("server").text)
        eventually(lambda: version_of(client) == version, what="the fetched version serves")
    assert bundle.is_dir()


def test_a_registry_that_is_away_leaves_the_last_champion_serving_also_after_a_restart(
    own: ServingSettings,
) -> None:
    with RunningApi(own) as api:
        key = api.make_key("server").text
        assert version_of(api.client(key)) == "1"
    away = own.model_copy(update={"mlflow_tracking_uri": "http://127.0.0.1:9"})
    with RunningApi(away) as api:
        client = api.client(key)
        assert version_of(client) == "1"
        assert client.get("/readyz").status_code == 200


def test_without_a_model_the_logs_popularity_answers_and_only_readiness_fails(
    own: ServingSettings, tmp_path: Path
) -> None:
    shutil.rmtree(own.home / "mlflow")
    with RunningApi(own) as api:
        client = api.client(api.make_key("server").text)
        slate = client.get("/v1/customers/c01/actions")
        assert slate.status_code == 200
        assert (slate.json()["served_by"], slate.json()["model_version"]) == ("fallback", "fallback")
        offers = offered(slate.json())
        assert offers
        client.post("/v1/events", json=purchase("c01", offers[0], days_ago=0.001)).raise_for_status()
        assert offers[0] not in offered(client.get("/v1/customers/c01/actions?k=100").json())
        ready = client.get("/readyz")
        assert ready.status_code == 503
        assert "rapport train" in ready.json()["model"]["reason"]
        assert client.get("/livez").status_code == 200
        assert client.get("/v1/model").json()["served_by"] == "fallback"
        assert client.get("/v1/items/item-00/related").status_code == 200


def test_the_first_champion_replaces_the_fallback(own: ServingSettings) -> None:
    kept = own.home / "mlflow-later"
    (own.home / "mlflow").rename(kept)
    with RunningApi(own) as api:
        client = api.client(api.make_key("server").text)
        assert client.get("/v1/model").json()["served_by"] == "fallback"
        shutil.rmtree(own.home / "mlflow", ignore_errors=True)
        kept.rename(own.home / "mlflow")
        eventually(lambda: version_of(client) == "1", what="the champion serves")
        assert client.get("/readyz").status_code == 200


def test_an_empty_home_answers_empty_slates_and_no_errors(empty_home: ServingSettings) -> None:
    with RunningApi(empty_home) as api:
        client = api.client(api.make_key("server").text)
        slate = client.get("/v1/customers/anyone/actions")
        assert slate.status_code == 200
        assert slate.json()["actions"] == []
        assert client.post("/v1/decisions", json={"cart": ["x"]}).status_code == 200
        assert client.get("/v1/items/x/related").status_code == 404
        assert client.get("/readyz").status_code == 503


def test_keys_can_be_switched_off_by_the_operator_only(empty_home: ServingSettings) -> None:
    with RunningApi(empty_home.model_copy(update={"auth_disabled": True})) as api:
        client = api.client()
        assert client.get("/v1/customers/anyone/actions").status_code == 200
        assert client.put("/v1/items", json={"item_id": "x"}).status_code == 200

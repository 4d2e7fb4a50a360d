"""Settings explain what does not fit, and a home holds everything."""

from pathlib import Path

import pytest

from recommender.engine.home import Home
from recommender.engine.opening import open_log
from recommender.engine.settings import MLFLOWS_OWN, PREFIX, Settings
from recommender.errors import InvalidInputError, LogUnavailableError
from tests.recommender.engine.shops import ANN, order


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(PREFIX + name.upper(), raising=False)
    monkeypatch.delenv(MLFLOWS_OWN, raising=False)


def test_every_setting_is_documented() -> None:
    assert all(field.description for field in Settings.model_fields.values())


def test_settings_come_from_the_environment_and_given_values_come_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("RAPPORT_PORT", "8123")
    monkeypatch.setenv("RAPPORT_HOME", str(tmp_path))
    settings = Settings.load(port=None)
    assert (settings.port, settings.home) == (8123, tmp_path)
    assert Settings.load(port=1).port == 1


def test_mlflows_own_variable_counts_where_ours_is_not_set(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    home = Home.at(tmp_path)
    assert Settings.load().tracking_uri(home) == home.mlflow_uri
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "")
    assert Settings.load().tracking_uri(home) == home.mlflow_uri
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://mlflow.example:5000")
    assert Settings.load().tracking_uri(home) == "http://mlflow.example:5000"
    monkeypatch.setenv("RAPPORT_MLFLOW_TRACKING_URI", "http://ours.example:5000")
    assert Settings.load().tracking_uri(home) == "http://ours.example:5000"
    assert (
        Settings.load(mlflow_tracking_uri="http://given.example").tracking_uri(home) == "http://given.example"
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "many"),
        ("PORT", "-1"),
        ("WORKERS", "0"),
        ("STATE_TIMEOUT_SECONDS", "nan"),
        ("REDIS_URL", "localhost:6379"),
        ("DATABASE_URL", "mysql://localhost/shop"),
        ("STATE_NAMESPACE", ""),
        ("PUBLIC_URL", "http://shop.example"),
        ("PUBLIC_URL", "https://"),
    ],
)
def test_a_value_that_does_not_fit_names_its_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(PREFIX + name, value)
    with pytest.raises(
        InvalidInputError, match=f"RAPPORT_{name} cannot be used: expected .+, found '{value}'"
    ):
        Settings.load()


@pytest.mark.parametrize(
    ("value", "address"), [("https://shop.example/api/", "https://shop.example/api"), ("", None)]
)
def test_the_public_address_is_what_paths_are_put_behind(value: str, address: str | None) -> None:
    assert Settings.load(public_url=value).public_url == address


def test_a_home_that_cannot_be_created_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InvalidInputError, match="the home cannot be used"):
        Settings.load(home=tmp_path / "file" / "home").home_folder()


def test_a_home_is_private_and_everything_is_below_it(tmp_path: Path) -> None:
    home = Home.at(tmp_path / "home")
    settings = Settings.load(home=home.root)
    assert home.root.stat().st_mode & 0o077 == 0
    assert all(
        path.is_relative_to(home.root)
        for path in (home.run, home.bundles, home.exports, home.mlflow, home.mlflow_artifacts)
    )
    assert str(home.root) in settings.log_url(home)
    assert str(home.root) in settings.tracking_uri(home)


def test_a_home_reached_by_a_link_is_the_same_home(tmp_path: Path) -> None:
    Home.at(tmp_path / "home")
    (tmp_path / "link").symlink_to(tmp_path / "home")
    assert Home.at(tmp_path / "link") == Home.at(tmp_path / "home")


def test_the_log_opens_without_a_state_store(tmp_path: Path) -> None:
    with open_log(Settings.load(home=tmp_path)) as log:
        log.append([order(ANN, "1", "mug")])
        assert log.head() == 1
    assert not (tmp_path / "state").exists()


def test_a_log_that_cannot_be_opened_is_explained(tmp_path: Path) -> None:
    settings = Settings.load(home=tmp_path, database_url="postgresql://nobody@127.0.0.1:9/none")
    with pytest.raises(LogUnavailableError):
        open_log(settings)


@pytest.mark.parametrize(
    "url",
    ["sentinel://me:hidden@a:26379/m", "redis+sentinel://:hidden@a", "http://a?sentinel_password=hidden"],
)
def test_a_url_that_cannot_be_used_is_shown_without_its_password(url: str) -> None:
    with pytest.raises(InvalidInputError, match="RAPPORT_REDIS_URL cannot be used") as caught:
        Settings.load(redis_url=url)
    assert "hidden" not in str(caught.value)
    assert "***" in str(caught.value)

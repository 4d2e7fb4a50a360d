"""Everything that can be set from outside, each by an environment variable ``RAPPORT_<NAME>``."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import platformdirs
from pydantic import AliasChoices, AwareDatetime, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from recommender.engine.home import Home
from recommender.errors import InvalidInputError
from recommender.storage.databases import WAIT_SECONDS
from recommender.storage.state_urls import check_state_url

PREFIX = "RAPPORT_"
MLFLOWS_OWN = "MLFLOW_TRACKING_URI"
"""What MLflow's own tools read; used where Rapport's own variable is not set."""
_LOG_SCHEMES = ("sqlite:", "postgresql:", "postgresql+psycopg:")

_SECRET = re.compile(r"(?<=:)[^:/@]*(?=@)|(?<=password=)[^&]*")
"""The passwords in a URL."""


def default_home() -> Path:
    """Return the home that is used when none is named: a folder of this user."""
    return platformdirs.user_data_path("rapport")


class Settings(BaseSettings):
    """Settings of one process; :meth:`load` reads them and explains what does not fit."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore", populate_by_name=True)

    home: Path = Field(default_factory=default_home, description="Folder that holds one installation.")
    database_url: str | None = Field(
        default=None,
        description="The log: sqlite:///file or postgresql://user@host/name. Default: SQLite in home.",
    )
    redis_url: str | None = Field(
        default=None,
        description="State: redis://, rediss:// or unix://; redis+sentinel:// or redis+cluster://. "
        "Default: a private Valkey server in home.",
    )
    state_namespace: str | None = Field(
        default=None,
        min_length=1,
        max_length=100,
        description="Prefix of every key. Default: the id of the log.",
    )
    state_timeout_seconds: float = Field(
        default=0.25, gt=0, le=10, description="After this long without a state, the log is asked."
    )
    mlflow_tracking_uri: str | None = Field(
        default=None,
        validation_alias=AliasChoices("RAPPORT_MLFLOW_TRACKING_URI", MLFLOWS_OWN),
        description="Tracking server and registry; else MLFLOW_TRACKING_URI. Default: SQLite in home.",
    )
    playbook: Path | None = Field(
        default=None, description="The playbook, a TOML file. Default: playbook.toml in home, if it is there."
    )
    host: str = Field(default="127.0.0.1", min_length=1, description="Address on which the API listens.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port of the API; 0 picks a free one.")
    workers: int = Field(default=1, ge=1, le=64, description="Processes that serve the API.")

    public_url: str | None = Field(
        default=None,
        description="Where the world reaches the API: https://name. What goes out carries links to unsubscribe there.",
    )
    clock_starts_at: AwareDatetime | None = Field(
        default=None,
        description="For demos and replays of old purchases: the clock of the API starts here instead of now.",
    )

    @field_validator("database_url")
    @classmethod
    def _check_database(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith(_LOG_SCHEMES):
            raise ValueError("expected sqlite:///file or postgresql://user@host/name")
        return url

    @field_validator("redis_url")
    @classmethod
    def _check_redis(cls, url: str | None) -> str | None:
        if url is not None:
            check_state_url(url)
        return url

    @field_validator("public_url")
    @classmethod
    def _check_public(cls, url: str | None) -> str | None:
        if not url:
            return None  # an empty variable is how a shell unsets one
        found = urlsplit(url)
        if found.scheme != "https" or not found.hostname or found.query or found.fragment:
            raise ValueError(
                "expected https://name or https://name/path: mail programs unsubscribe by HTTPS only"
            )
        return url.rstrip("/")

    @field_validator("mlflow_tracking_uri")
    @classmethod
    def _check_tracking(cls, uri: str | None) -> str | None:
        return uri or None  # an empty variable is how a shell unsets one

    @classmethod
    def load(cls, **given: Any) -> "Settings":
        """Return the settings of the environment; ``given`` values come first, those that are ``None`` do not count.

        Raises
        ------
        InvalidInputError
            A value does not fit; the message names its variable.

        Examples
        --------
        >>> Settings.load(port=99999)
        Traceback (most recent call last):
        recommender.errors.InvalidInputError: RAPPORT_PORT cannot be used: expected less than or equal to 65535, \
found '99999'
        """
        try:
            return cls(**{name: value for name, value in given.items() if value is not None})
        except ValidationError as error:
            raise _explained(error) from None

    @property
    def log_wait_seconds(self) -> float:
        """How long a write waits for others before it gives up; a job has time."""
        return WAIT_SECONDS

    def home_folder(self) -> Home:
        """Return the home, creating its folders.

        Raises
        ------
        InvalidInputError
            The folder cannot be created.
        """
        try:
            return Home.at(self.home)
        except OSError as error:
            raise InvalidInputError(
                "the home cannot be used",
                found=str(error),
                remedy="choose another with --home or RAPPORT_HOME",
            ) from error

    def log_url(self, home: Home) -> str:
        """Return where the log is."""
        return home.log_url if self.database_url is None else self.database_url

    def playbook_file(self) -> Path:
        """Return where the playbook is, whether or not there is one."""
        return Home(self.home.expanduser()).playbook if self.playbook is None else self.playbook.expanduser()

    def tracking_uri(self, home: Home) -> str:
        """Return where models are tracked and registered."""
        return home.mlflow_uri if self.mlflow_tracking_uri is None else self.mlflow_tracking_uri


def _explained(error: ValidationError) -> InvalidInputError:
    first = error.errors()[0]
    name = PREFIX + str(first["loc"][0]).upper()
    expected = str(first["msg"]).removeprefix("Value error, ").removeprefix("expected ")
    expected = expected.removeprefix("Input should be ")
    found = _SECRET.sub("***", str(first["input"]))
    return InvalidInputError(f"{name} cannot be used", expected=expected, found=repr(found))

"""What can be set about serving, beside the settings of the engine; same ``RAPPORT_`` variables."""

from typing import Any, Self, cast

from pydantic import Field

from recommender.engine.settings import Settings


class ServingSettings(Settings):
    """Settings of one API process."""

    auth_disabled: bool = Field(
        default=False, description="Answer everyone without a key. Only for trying things out."
    )
    access_log: bool = Field(default=True, description="Write one JSON line per request to standard error.")
    model_poll_seconds: float = Field(
        default=2.0, gt=0, le=3600, description="How often the champion is looked up."
    )
    slate_cache_size: int = Field(
        default=10_000, ge=0, le=10_000_000, description="Slates remembered per worker; 0: decide every time."
    )
    request_timeout_seconds: float = Field(
        default=10.0, ge=0.1, le=600, description="How long a request waits for the log."
    )
    drain_seconds: int = Field(
        default=20, ge=0, le=600, description="How long a stopping worker finishes answers."
    )

    @property
    def log_wait_seconds(self) -> float:
        """How long a write waits for others: a little less than who sent it, so that what was refused is not written later."""
        return 0.9 * self.request_timeout_seconds

    @classmethod
    def load(cls, **given: Any) -> Self:
        """Return the settings of the environment, as :meth:`Settings.load` does."""
        return cast("Self", super().load(**given))

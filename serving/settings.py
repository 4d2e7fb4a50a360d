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
    drain_seconds: int = Field(
        default=20, ge=0, le=600, description="How long a stopping worker finishes answers."
    )

    @classmethod
    def load(cls, **given: Any) -> Self:
        """Return the settings of the environment, as :meth:`Settings.load` does."""
        return cast("Self", super().load(**given))

"""Which model decides: a registered version, or popularity while there is none."""

from dataclasses import dataclass
from datetime import UTC, datetime

from recommender.bundles import load_bundle
from recommender.bundles.registration import CHAMPION
from recommender.candidates.assortment import FALLBACK
from recommender.catalog.catalogue import Catalogue
from recommender.engine.fallback import PopularityFallback
from recommender.errors import NotFoundError
from recommender.models import FittedModels
from recommender.storage.log import EventLog
from recommender.types import ModelVersion
from training.registry import Registry


@dataclass(frozen=True, slots=True)
class ChosenModel:
    """A model with its version, what a person should know about the choice, and the digest of its bundle, if any."""

    models: FittedModels
    version: ModelVersion
    notes: tuple[str, ...]
    bundle: str = ""


def model_for(
    registry: Registry, log: EventLog, name: str, moment: datetime, catalogue: Catalogue
) -> ChosenModel:
    """Return the model that a name stands for.

    Parameters
    ----------
    registry, log, catalogue
        Where models and purchases are.
    name
        Version or alias. Without any champion, ``champion`` is what sells, from the log alone.
    moment
        The time of the decisions.

    Raises
    ------
    NotFoundError
        When there is no such version or alias.
    CorruptBundleError
        When its bundle must not be used.
    """
    try:
        version = registry.version(name)
    except NotFoundError:
        if name != CHAMPION:
            raise
        note = "There is no model yet, so everybody gets what is popular; `rapport train` learns one."
        return ChosenModel(PopularityFallback(log).models(moment, catalogue), FALLBACK, (note,))
    models, manifest = load_bundle(registry.bundle_path(version.version))
    learned = datetime.fromtimestamp(models.as_of_s, UTC)
    notes = [
        f"Model version {version.version}, learned from what happened before {learned:%Y-%m-%d %H:%M} UTC."
    ]
    if learned > moment:
        notes.append("It has seen purchases after the time of the decisions: do not measure it on this file.")
    if name == CHAMPION and learned != moment:
        notes += _of_that_moment(registry, moment)
    return ChosenModel(models, ModelVersion(version.version), tuple(notes), manifest.digest)


def _of_that_moment(registry: Registry, moment: datetime) -> list[str]:
    """Say which version, though it does not serve, was learned up to the very time of the decisions; cut-offs are whole seconds."""
    if moment.microsecond:
        return []
    as_of = moment.astimezone(UTC).isoformat()
    twins = [one.version for one in registry.list_versions() if one.facts.get("as_of") == as_of]
    return (
        [f"Version {twins[0]} was learned up to that very time: name it with --model {twins[0]}."]
        if twins
        else []
    )

"""Moving the aliases of champions so that a move which was interrupted anywhere is completed by its repeat.

MLflow writes one alias or tag at a time. So what is meant is written down first, and taken away last: in between, the repeated
command finds how far it came. Champion and history alone could not tell an interrupted rollback from a champion whom other
hands had chosen.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from recommender.bundles.registration import CHAMPION, MODEL_NAME
from recommender.types import ModelVersion
from training import versions
from training.versions import ChampionChange

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient

CROWNING_TAG = "rapport.crowning"
"""Tag of the registered model: the move that has begun and is not done."""


class Crowning(msgspec.Struct, frozen=True):
    """A move of the champion alias.

    Attributes
    ----------
    asked
        The version or alias that was to be promoted; empty for a rollback.
    former
        Champion before; ``None``: there was none.
    champions
        All of them in order once it is done; the last one serves.
    """

    asked: str
    former: str | None
    champions: tuple[str, ...]

    @property
    def crowned(self) -> str:
        """The version that serves once it is done."""
        return self.champions[-1]

    @property
    def change(self) -> ChampionChange:
        """The move, for a person."""
        former = None if self.former is None else ModelVersion(self.former)
        return ChampionChange(ModelVersion(self.crowned), former)


@dataclass(frozen=True, slots=True)
class Standing:
    """What the registered model says: its aliases, the champions in order, and a move that was interrupted.

    ``begun`` is None, too, where the interrupted move did not reach the alias or other hands moved it since: then nothing of
    it counts.
    """

    aliases: dict[str, str]
    champions: tuple[str, ...]
    begun: Crowning | None


def standing(client: "MlflowClient") -> Standing:
    """Read where the champions stand."""
    found = client.search_registered_models(f"name='{MODEL_NAME}'")
    tags: dict[str, str] = next((model.tags for model in found), {})
    aliases = {alias: str(version) for model in found for alias, version in model.aliases.items()}
    champion = aliases.get(CHAMPION)
    return Standing(
        aliases,
        versions.champions_until_now(tags.get(versions.HISTORY_TAG, ""), champion),
        _begun(tags.get(CROWNING_TAG, ""), champion),
    )


def crown(client: "MlflowClient", crowning: Crowning) -> ChampionChange:
    """Carry out a move from its beginning."""
    text = msgspec.json.encode(crowning).decode()
    client.set_registered_model_tag(MODEL_NAME, CROWNING_TAG, text)
    client.set_registered_model_alias(MODEL_NAME, CHAMPION, crowning.crowned)
    return complete(client, crowning)


def complete(client: "MlflowClient", crowning: Crowning) -> ChampionChange:
    """Do what is left once the champion alias was moved; again it changes nothing."""
    champions, aliases = crowning.champions, standing(client).aliases
    client.set_registered_model_tag(MODEL_NAME, versions.HISTORY_TAG, versions.history_text(champions))
    if aliases.get(versions.CHALLENGER) == crowning.crowned:
        client.delete_registered_model_alias(MODEL_NAME, versions.CHALLENGER)
    if len(champions) > 1:
        client.set_registered_model_alias(MODEL_NAME, versions.PREVIOUS, champions[-2])
    elif versions.PREVIOUS in aliases:
        client.delete_registered_model_alias(MODEL_NAME, versions.PREVIOUS)
    client.delete_registered_model_tag(MODEL_NAME, CROWNING_TAG)
    return crowning.change


def _begun(text: str, champion: str | None) -> Crowning | None:
    try:
        begun = msgspec.json.decode(text, type=Crowning)
    except msgspec.DecodeError:
        return None
    return begun if begun.champions and begun.crowned == champion else None

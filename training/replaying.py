"""``rapport replay``: one stored decision, made again from everything that its receipt names."""

import os
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from recommender.bundles import load_bundle
from recommender.candidates.assortment import FALLBACK
from recommender.catalog.catalogue import Catalogue
from recommender.catalog.promotion_columns import PromotionColumns, promotion_columns
from recommender.customers.folding import fold
from recommender.customers.state import CustomerState
from recommender.decisions.decision import NO_PLAYBOOK, Decision
from recommender.decisions.receipts import Receipt, decode_receipt, encode_receipt
from recommender.decisions.replay import difference
from recommender.engine.deciding import Deciding, engine_version
from recommender.engine.fallback import PopularityFallback
from recommender.engine.grounds import grounds_of
from recommender.engine.playbooks import stored_playbook
from recommender.engine.snapshots import Snapshot, snapshot_of
from recommender.errors import DecisionErasedError, NotFoundError
from recommender.models import FittedModels
from recommender.storage.clock import from_microseconds, utc_now
from recommender.storage.log import EventLog
from recommender.types import SECONDS_PER_DAY, CustomerId, DecisionId, ItemNumber, ModelVersion
from recommender.value_rules import shown
from training.registry import Registry

_MICROSECONDS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Replayed:
    """A decision, and what came out when it was made again.

    Attributes
    ----------
    customer_id
        None for an anonymous one.
    differences
        One line each; none: byte for byte the same.
    size
        Bytes of the stored receipt.
    notes
        What may explain a difference.
    """

    receipt: Receipt
    customer_id: str | None
    differences: tuple[str, ...]
    size: int
    notes: tuple[str, ...]

    @property
    def is_exact(self) -> bool:
        """Whether the decision was repeated byte for byte."""
        return not self.differences

    @property
    def decided_at(self) -> datetime:
        """When it was made."""
        return from_microseconds(self.receipt.decision.decided_at_us)


def replay_decision(log: EventLog, registry: Registry, decision_id: DecisionId) -> Replayed:
    """Make a decision again as of then: also after later events, and whatever model, catalogue and playbook serve now.

    Raises
    ------
    DecisionErasedError
        Its customer was erased.
    NotFoundError
        There is no receipt of it, or its model or playbook is gone.
    """
    stored = log.receipts([decision_id]).get(decision_id)
    if stored is None:
        erased_at = log.erasures.decisions([decision_id]).get(decision_id)
        if erased_at is not None:
            raise DecisionErasedError(decision_id, erased_at)
        raise NotFoundError(
            "there is no receipt of this decision",
            expected="a decision_id of an answer of this installation",
            found=shown(decision_id),
            remedy="check the id; a crash loses receipts of its last second",
        )
    receipt = decode_receipt(stored.content)
    customer_id = None if stored.customer_id is None else CustomerId(stored.customer_id)
    snapshot = _snapshot(log, registry, receipt.decision)
    state = _state(log, customer_id, receipt.decision, snapshot)
    again = Deciding(log, utc_now, os.urandom).decide_as(
        decision_id,
        state,
        receipt.request,
        snapshot,
        receipt.decision.decided_at_us // _MICROSECONDS,
        customer_id,
    )
    told = difference(stored.content, encode_receipt(again, receipt.request))
    notes = _notes(receipt.decision)
    if told and log.erasures.last_seq() > receipt.decision.customer_version:
        notes += ("Somebody was erased since: what another id of the same person did may be missing.",)
    return Replayed(receipt, stored.customer_id, tuple(told), len(stored.content), notes)


def _notes(decision: Decision) -> tuple[str, ...]:
    notes = []
    if decision.model_version == FALLBACK:
        notes.append("It was decided without a model, from what sold until about then.")
    if decision.engine_version not in ("", engine_version()):
        notes.append(f"Version {decision.engine_version} of Rapport decided, this is {engine_version()}.")
    return tuple(notes)


def _snapshot(log: EventLog, registry: Registry, decision: Decision) -> Snapshot:
    catalogue = log.catalogue(decision.catalogue_version)
    models = _models(log, registry, decision, catalogue)
    playbook = stored_playbook(log, decision.playbook_version)
    is_declared = decision.playbook_version != NO_PLAYBOOK
    grounds = grounds_of(playbook, catalogue, is_declared=is_declared)
    columns = _promoted(log, models, decision, len(grounds.catalogue))
    return snapshot_of(models, decision.model_version, grounds, columns)


def _promoted(log: EventLog, models: FittedModels, decision: Decision, size: int) -> PromotionColumns | None:
    """Return what the ranker read of the promotions of that hour; None where it reads none."""
    kinds = () if models.ranker is None else models.ranker.kinds
    if not kinds:
        return None
    promotions = log.promotions(at_version=decision.catalogue_version)
    window_s = int(models.window_days * SECONDS_PER_DAY)
    at_s = decision.decided_at_us // _MICROSECONDS
    return promotion_columns(promotions.aligned(kinds), at_s, window_s=window_s, size=size)


def _models(log: EventLog, registry: Registry, decision: Decision, catalogue: Catalogue) -> FittedModels:
    if decision.model_version == FALLBACK:
        return PopularityFallback(log).models(from_microseconds(decision.decided_at_us), catalogue)
    models, _ = load_bundle(registry.bundle_path(ModelVersion(decision.model_version)))
    return models


def _state(
    log: EventLog, customer_id: CustomerId | None, decision: Decision, snapshot: Snapshot
) -> CustomerState:
    """Return the customer as the log had them at the version of the decision."""
    version = decision.customer_version
    if customer_id is None or version == 0:
        return CustomerState.empty()
    known = log.events_of_person(customer_id, up_to=version)
    if max((one.seq for one in known), default=0) != version and not log.has_change_at(version):
        raise NotFoundError(
            "the events of this decision are gone: its customer was erased, though not by 'rapport erase', or somebody was"
            " who was one person with them",
            expected=f"their events up to version {version}",
            found=f"{len(known)} events",
            remedy="what was erased cannot be replayed",
        )
    planned = () if snapshot.repertoire is None else _planned(snapshot)
    return fold([one.event for one in known], log.numbers, version, unit_items=planned)


def _planned(snapshot: Snapshot) -> tuple[ItemNumber, ...]:
    mask = None if snapshot.repertoire is None else snapshot.repertoire.planned
    return () if mask is None else tuple(ItemNumber(int(number)) for number in mask.nonzero()[0])

"""``decide()``: the one decision function."""

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeAlias

from recommender.candidates.assortment import FALLBACK, Assortment
from recommender.candidates.codes import REASON_OF_CODE
from recommender.customers import CustomerState
from recommender.decisions.decision import Decision
from recommender.decisions.facts import action_of
from recommender.decisions.kernel_inputs import numbers_of, state_columns
from recommender.decisions.request import DecisionRequest
from recommender.decisions.scored_kernel import NOT_SCORED
from recommender.decisions.slate_kernel import slate_facts
from recommender.models.fitted import FittedModels
from recommender.playbook.kinds import ActionKind
from recommender.types import DecisionId, Int64Array

if TYPE_CHECKING:
    from recommender.actions.repertoire import Repertoire
    from recommender.decisions.circumstances import Circumstances
    from recommender.decisions.prepared import Prepared
    from recommender.decisions.score_memory import ScoreMemory

    _Playing: TypeAlias = tuple[
        Callable[[Repertoire, Assortment], Prepared], Callable[..., Decision], Circumstances
    ]

_MICROSECONDS: Final = 1_000_000
_NOT_SCORED: Final[tuple[object, ...]] = tuple(NOT_SCORED)
_REASONS: Final = tuple((code, reason.value) for code, reason in REASON_OF_CODE.items())


def decide(  # noqa: PLR0913 - the whole world of a decision, each part by its name
    state: CustomerState,
    request: DecisionRequest,
    models: FittedModels,
    assortment: Assortment,
    *,
    now_s: int,
    decision_id: DecisionId,
    repertoire: "Repertoire | None" = None,
    circumstances: "Circumstances | None" = None,
) -> Decision:
    """Choose what to say to one customer now.

    A pure function: the same arguments give the same slate, for a widget call, an export and a test. Candidates are
    every item of the bundle (offers) and everything the customer uses up (buy-again); gates take out what must not be
    said; the best of each kind are merged by probability, all kinds being worth the same. Equal offers are ordered by
    item number, and the slate does not depend on ``decision_id``, so that preview, export and API agree row by row.

    With a playbook all its kinds compete by ``propensity x value x context x lever - cost``, and saying nothing is worth
    zero; ties and exploration are drawn from a seed that ``decision_id`` gives.

    Parameters
    ----------
    state
        The fold of the customer's events; ``CustomerState.empty()`` for an unknown or anonymous customer.
    request
        How many actions of which kinds, with cart and session.
    models, assortment
        A bundle, and the catalogue over it: ``assortment_of(models, catalogue, model_version)``.
    now_s
        The time of the decision, seconds since 1970.
    decision_id
        Identity of the decision, from the caller.
    repertoire
        The playbook over the same catalogue; None: there is none.
    circumstances
        What a playbook's decision takes besides, and what is remembered for either; None: nothing.

    Returns
    -------
    Decision
        At most ``k`` actions, fewer when there are fewer candidates; never padded.

    Raises
    ------
    InvalidRequestError
        When the request does not fit.
    ValueError
        When the assortment belongs to another bundle.
    """
    request.check()
    if assortment.models is not models:
        raise ValueError("the assortment was built for another bundle")
    if repertoire is not None:
        return _by_playbook(state, request, assortment, (repertoire, circumstances), now_s, decision_id)
    kinds = request.kinds
    wants_offers = ActionKind.PRODUCT_OFFER in kinds
    wants_repeats = ActionKind.BUY_AGAIN in kinds
    as_of_s, scores = now_s, _NOT_SCORED
    if circumstances is not None and circumstances.rankings is not None:
        as_of_s, scores = _remembered(circumstances.rankings.scores, state, request, assortment, now_s)
    facts, probability, counts, is_cold = slate_facts(
        state_columns(state),
        (numbers_of(request.cart), numbers_of(request.session)),
        (request.k, wants_offers, wants_repeats, scores),
        assortment.tables,
        as_of_s,
    )
    return Decision(
        decision_id=decision_id,
        customer_version=state.version,
        model_version=assortment.model_version,
        catalogue_version=assortment.catalogue.version,
        cold=is_cold,
        served_by="fallback" if assortment.model_version == FALLBACK else "model",
        actions=tuple(map(action_of, facts.tolist(), probability.tolist())),
        decided_at_us=now_s * _MICROSECONDS,
        gated=_gated(counts),
    )


def _remembered(
    memory: "ScoreMemory", state: CustomerState, request: DecisionRequest, assortment: Assortment, now_s: int
) -> tuple[int, tuple[object, ...]]:
    """Return as of when products are scored, and the scores where they are known."""
    if request.cart or request.session:
        return memory.as_of(state, now_s), _NOT_SCORED
    as_of_s, scores = memory.of(state, assortment, now_s)
    return as_of_s, tuple(scores)


def _by_playbook(
    state: CustomerState,
    request: DecisionRequest,
    assortment: Assortment,
    rules: "tuple[Repertoire, Circumstances | None]",
    now_s: int,
    decision_id: DecisionId,
) -> Decision:
    prepared, decide_actions, nothing = _what_a_playbook_takes()
    around = nothing if rules[1] is None else rules[1]
    ready = prepared(rules[0], assortment)
    return decide_actions(state, request, ready, around, now_s=now_s, decision_id=decision_id)


@functools.cache
def _what_a_playbook_takes() -> "_Playing":
    """Return the functions that homes without a playbook never load."""
    from recommender.decisions.acting import decide_actions
    from recommender.decisions.circumstances import NONE
    from recommender.decisions.prepared import prepared

    return prepared, decide_actions, NONE


def _gated(counts: Int64Array) -> dict[str, int]:
    """Return how many candidates of the wanted kinds each gate kept out; gates that kept out none are absent."""
    counted = counts.tolist()
    return {reason: counted[code] for code, reason in _REASONS if counted[code]}

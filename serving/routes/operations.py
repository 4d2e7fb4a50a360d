"""For the operator: ``/livez``, ``/readyz``, ``/metrics`` and ``GET /v1/model``."""

import asyncio
from datetime import UTC, datetime

from recommender.errors import RapportError
from recommender.storage.log import EventLog
from serving.answers import Answer, json_answer
from serving.call import Call
from serving.services import Services
from serving.telemetry import METRICS_TYPE
from serving.wire import (
    LivenessAnswer,
    ModelAnswer,
    PartReadiness,
    PlaybookAction,
    PlaybookAnswer,
    ReadinessAnswer,
)

CHECK_SECONDS = 2.0


async def get_liveness(call: Call) -> Answer:
    """Answer that the event loop runs."""
    call.query()
    return json_answer(LivenessAnswer(live=True))


async def get_readiness(call: Call) -> Answer:
    """Answer whether this worker should get traffic: the log answers and can be written, and a model serves.

    A state store that cannot be believed, or a playbook that cannot be used, is reported, but takes nobody out of traffic:
    the log answers instead, and the playbook before it.
    """
    call.query()
    log = await _log_readiness(call.services)
    model = _model_readiness(call.services)
    ready = log.ok and model.ok
    answer = ReadinessAnswer(
        ready=ready,
        log=log,
        state=_state_readiness(call.services),
        model=model,
        playbook=_playbook_readiness(call.services),
    )
    return json_answer(answer, 200 if ready else 503)


async def _log_readiness(services: Services) -> PartReadiness:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            head = await asyncio.to_thread(_checked_head, services.engine.log)
    except RapportError as error:
        # What was found names the place of the log, and this answer is open to everyone.
        return PartReadiness(ok=False, reason=f"{error.message}; {error.remedy}")
    except TimeoutError:
        return PartReadiness(ok=False, reason=f"no answer within {CHECK_SECONDS:.0f} seconds")
    return PartReadiness(ok=True, reason=f"answers and can be written; {head} events")


def _checked_head(log: EventLog) -> int:
    log.check_writable()
    return log.head()


def _state_readiness(services: Services) -> PartReadiness:
    if services.engine.state_is_trusted:
        return PartReadiness(ok=True, reason="answers and is up to date")
    return PartReadiness(
        ok=False, reason="cannot be believed now; answers come from the log, and it recovers by itself"
    )


def _playbook_readiness(services: Services) -> PartReadiness:
    followed = services.engine.playbooks
    serves = (
        f"version {followed.current.version[:12]} serves"
        if followed.is_declared
        else "the built-in one serves"
    )
    if followed.problem is None:
        return PartReadiness(ok=True, reason=serves)
    # The problem quotes the file, and this answer is open to everyone.
    return PartReadiness(
        ok=False, reason=f"{serves}, because the file cannot be used; see GET /v1/playbook or the log"
    )


def _model_readiness(services: Services) -> PartReadiness:
    serving = services.models.current
    problem = services.models.problem
    if serving.served_by == "fallback":
        reason = "no model serves; answers come from the log's popularity"
        return PartReadiness(
            ok=False, reason=f"{reason}: {problem}" if problem else f"{reason}; run 'rapport train'"
        )
    reason = f"version {serving.facts.version} serves"
    return PartReadiness(ok=True, reason=f"{reason}, but {problem}" if problem else reason)


async def get_playbook(call: Call) -> Answer:
    """Answer with the playbook that this worker serves, and what is wrong with its file, if anything is."""
    call.query()
    followed = call.services.engine.playbooks
    playbook = followed.current
    return json_answer(
        PlaybookAnswer(
            playbook_version=playbook.version,
            name=playbook.name,
            currency=playbook.currency,
            time_zone=playbook.time_zone,
            actions=[PlaybookAction(id=one.id, kind=one.kind.value) for one in playbook.actions],
            service_plans=[plan.id for plan in playbook.plans],
            channels={channel.name: channel.direction for channel in playbook.channels.values()},
            problem=followed.problem,
        )
    )


async def get_model(call: Call) -> Answer:
    """Answer with the model that this worker serves."""
    call.query()
    serving = call.services.models.current
    is_fallback = serving.served_by == "fallback"
    return json_answer(
        ModelAnswer(
            served_by=serving.served_by,
            model_version=serving.facts.version,
            alias=serving.facts.alias,
            bundle_sha256=serving.facts.bundle,
            items=len(serving.models.items),
            as_of=None if is_fallback else datetime.fromtimestamp(serving.models.as_of_s, UTC),
            loaded_at=serving.loaded_at,
            metrics=dict(serving.facts.metrics),
            last_problem=call.services.models.problem,
        )
    )


async def get_metrics(call: Call) -> Answer:
    """Answer with the metrics of all workers."""
    call.query()
    body = await asyncio.to_thread(call.services.telemetry.exposition)
    return Answer(body, 200, ((b"content-type", METRICS_TYPE),))

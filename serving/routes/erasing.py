"""``DELETE /v1/customers/{id}``: a customer is erased for good, and kept out from then on."""

from recommender.engine.erasing import Erased
from recommender.errors import InvalidRequestError
from serving.answers import Answer, json_answer
from serving.call import Call
from serving.erasing_wire import ErasedAnswer
from serving.parameters import customer_id_of


async def delete_customer(call: Call) -> Answer:
    """Erase, durably; again it changes nothing, and is answered as the first time."""
    reason = call.query("reason").get("reason")
    _check_no_body(call)
    customer_id = customer_id_of(call.path["id"])
    services = call.services
    erased = await services.write(services.engine.erase, customer_id, reason)
    services.slates.clear()
    return json_answer(_answer(erased))


def _check_no_body(call: Call) -> None:
    """Refuse what nobody reads: it cannot be undone, and a body may say that it is not meant."""
    if call.header(b"content-length") not in (None, "0") or call.header(b"transfer-encoding") is not None:
        raise InvalidRequestError(
            "an erasure takes no body",
            expected="the reason as a parameter of the query, or none",
            found="a body",
            remedy="leave the body out",
        )


def _answer(erased: Erased) -> ErasedAnswer:
    erasure = erased.erasure
    return ErasedAnswer(
        erased_at=erasure.erased_at,
        was_known=erasure.was_known,
        events=erasure.events,
        decisions=erasure.decisions,
        projected=erased.projected,
        reason=erasure.reason,
    )

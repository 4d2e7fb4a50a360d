"""One table from error to RFC 9457 problem document.

The first class found along an error's ancestry decides. ``type`` is a path of this API that explains the problem.
Details come from the error itself: its messages say what was expected, what was found and what to do. An error
that is not ours never shows its text: it may hold a path, a query or a customer.
"""

from dataclasses import dataclass

import msgspec

from recommender import errors as domain
from recommender.errors import RapportError
from serving import errors as transport
from serving.answers import UNKEPT, Answer

MAX_FOUND_LENGTH = 200


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """What all problems of one kind share."""

    slug: str
    status: int
    title: str


class Problem(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A problem document (RFC 9457), with what was expected, what was found and what to do."""

    type: str
    title: str
    status: int
    detail: str
    instance: str = ""
    expected: str = ""
    found: str = ""
    remedy: str = ""
    request_id: str = ""


INTERNAL = ProblemKind("internal-error", 500, "Something broke on our side")

KINDS: dict[type[BaseException], ProblemKind] = {
    transport.BrokenBodyError: ProblemKind("broken-body", 400, "The body cannot be read as JSON"),
    transport.UnauthenticatedError: ProblemKind(
        "unauthenticated", 401, "The key or token is missing or not valid"
    ),
    transport.ForbiddenError: ProblemKind("forbidden", 403, "This key may not do that"),
    transport.PathNotFoundError: ProblemKind("no-such-path", 404, "There is no such path"),
    domain.CustomerErasedError: ProblemKind("customer-erased", 410, "The customer was erased"),
    domain.DecisionErasedError: ProblemKind(
        "decision-erased", 410, "The customer of the decision was erased"
    ),
    domain.NotFoundError: ProblemKind("not-found", 404, "The thing that was named does not exist"),
    transport.MethodNotAllowedError: ProblemKind(
        "method-not-allowed", 405, "The path does not take this method"
    ),
    domain.EventConflictError: ProblemKind("event-conflict", 409, "The event exists with other content"),
    domain.GoodwillSpentError: ProblemKind("goodwill-spent", 409, "The budget has no goodwill left"),
    domain.GoodwillGivenError: ProblemKind("goodwill-given", 409, "The complaint has goodwill already"),
    domain.GoodwillCurrencyError: ProblemKind(
        "goodwill-currency", 409, "The goodwill is in another currency"
    ),
    domain.ConflictError: ProblemKind("conflict", 409, "The identity exists with other content"),
    transport.BodyTooLargeError: ProblemKind("body-too-large", 413, "The body is too large"),
    transport.UnsupportedMediaTypeError: ProblemKind(
        "unsupported-media-type", 415, "The body is not plain JSON"
    ),
    domain.InvalidEventError: ProblemKind("invalid-event", 422, "The event does not fit its type"),
    domain.InvalidItemError: ProblemKind("invalid-item", 422, "The item does not fit"),
    domain.InvalidRequestError: ProblemKind("invalid-request", 422, "The parameters do not fit"),
    domain.InvalidInputError: ProblemKind("invalid-input", 422, "The input cannot be accepted"),
    domain.LogUnavailableError: ProblemKind("log-unavailable", 503, "The log does not answer"),
    domain.StateUnavailableError: ProblemKind("state-unavailable", 503, "The state store does not answer"),
    domain.UnavailableError: ProblemKind("unavailable", 503, "A part behind this one does not answer"),
    domain.NotEnoughDataError: ProblemKind("not-enough-data", 503, "There is nothing to learn from yet"),
    domain.BundleError: ProblemKind("no-bundle", 503, "The model cannot be served"),
    RapportError: INTERNAL,
}
"""From error class to problem; every subclass without a row of its own takes its parent's."""

RETRY_AFTER_SECONDS = 2


def kind_of(error: BaseException) -> ProblemKind:
    """Return the kind of problem that an error becomes.

    Examples
    --------
    >>> kind_of(domain.InvalidEventError("no")).status, kind_of(ZeroDivisionError()).slug
    (422, 'internal-error')
    """
    for ancestor in type(error).__mro__:
        if ancestor in KINDS:
            return KINDS[ancestor]
    return INTERNAL


def problem_of(error: BaseException, *, instance: str = "", request_id: str = "") -> Problem:
    """Describe an error to the caller.

    Parameters
    ----------
    error
        One of ours; anything else becomes the anonymous internal problem.
    instance
        The route that was asked, as a template: never with the caller's ids in it.
    request_id
        What the caller quotes to find the log line.

    Examples
    --------
    >>> problem = problem_of(domain.NotFoundError("unknown item", found="x", remedy="PUT /v1/items first"))
    >>> problem.status, problem.detail, problem.remedy
    (404, 'unknown item', 'PUT /v1/items first')
    """
    kind = kind_of(error)
    uri = f"/problems/{kind.slug}"
    if kind is INTERNAL or not isinstance(error, RapportError):
        detail = "the request could not be answered; nothing is wrong with what you sent"
        remedy = f"try again; if it stays, quote request id {request_id} to the operator"
        return Problem(
            type=uri, title=kind.title, status=kind.status, detail=detail, instance=instance,
            remedy=remedy, request_id=request_id,
        )  # fmt: skip
    is_ours = isinstance(error, domain.UnavailableError)
    return Problem(
        type=uri,
        title=kind.title,
        status=kind.status,
        detail=_printable(error.message, 1000),
        instance=instance,
        expected=_printable(error.expected, 1000),
        # What was found in a part of ours may be its place and its own words: for the operator, not for the caller.
        found="" if is_ours else _printable(error.found, MAX_FOUND_LENGTH),
        remedy=_printable(error.remedy, 1000),
        request_id=request_id,
    )


def _printable(text: str, length: int) -> str:
    """Cut and make encodable: lone surrogates and control characters of the caller never reach the answer."""
    shown = text if len(text) <= length else text[: length - 1] + "…"
    return shown.encode("utf-8", "backslashreplace").decode("utf-8")


def problem_answer(problem: Problem, error: BaseException | None = None) -> Answer:
    """Encode a problem, with the headers that its status asks for."""
    headers = [(b"content-type", b"application/problem+json"), UNKEPT]
    if problem.status == 503:
        headers.append((b"retry-after", str(RETRY_AFTER_SECONDS).encode()))
    if problem.status == 401:
        headers.append((b"www-authenticate", b'Bearer realm="rapport"'))
    if isinstance(error, transport.MethodNotAllowedError):
        headers.append((b"allow", ", ".join(error.allowed).encode()))
    return Answer(msgspec.json.encode(problem), problem.status, tuple(headers))


def answer_error(error: BaseException, *, instance: str, request_id: str) -> Answer:
    """Turn any error into its problem answer."""
    return problem_answer(problem_of(error, instance=instance, request_id=request_id), error)

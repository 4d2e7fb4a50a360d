import msgspec
import pytest

from recommender import errors as domain
from serving import errors as transport
from serving.problems import KINDS, answer_error, kind_of, problem_of


def every_error() -> list[type[domain.RapportError]]:
    found, waiting = [], [domain.RapportError]
    while waiting:
        waiting += waiting[0].__subclasses__()
        found.append(waiting.pop(0))
    return [error for error in found if error.__module__ in (domain.__name__, transport.__name__)]


@pytest.mark.parametrize("error", every_error())
def test_every_error_of_ours_has_a_problem_and_only_the_root_is_a_500(
    error: type[domain.RapportError],
) -> None:
    bare = error.__new__(error)
    kind = kind_of(bare)
    assert 400 <= kind.status < 600
    anonymous = {domain.RapportError, transport.HttpError}
    assert (kind.status == 500) == (error in anonymous)


def test_slugs_are_one_to_one_with_titles() -> None:
    slugs = [kind.slug for kind in KINDS.values()]
    assert len(set(slugs)) == len(slugs)


def test_a_problem_says_what_was_expected_found_and_what_to_do() -> None:
    error = domain.InvalidRequestError(
        "k is out of range", expected="1 to 100", found="-3", remedy="send k=10"
    )
    problem = problem_of(error, instance="/v1/x", request_id="r1")
    assert (problem.status, problem.expected, problem.found, problem.remedy) == (
        422,
        "1 to 100",
        "-3",
        "send k=10",
    )
    assert (problem.type, problem.instance, problem.request_id) == (
        "/problems/invalid-request",
        "/v1/x",
        "r1",
    )


def test_an_error_that_is_not_ours_tells_nothing_of_itself() -> None:
    problem = problem_of(RuntimeError("password=hunter2"), request_id="r7")
    assert "hunter2" not in msgspec.json.encode(problem).decode()
    assert problem.status == 500
    assert "r7" in problem.remedy


def test_what_the_caller_sent_is_cut_and_always_encodable() -> None:
    problem = problem_of(domain.NotFoundError("no \ud800", found="x" * 10_000))
    assert len(problem.found) == 200
    assert b"ud800" in msgspec.json.encode(problem)


def test_headers_follow_the_status() -> None:
    unavailable = answer_error(domain.LogUnavailableError("down"), instance="", request_id="")
    assert (b"retry-after", b"2") in unavailable.headers
    unknown = answer_error(transport.UnauthenticatedError("who"), instance="", request_id="")
    assert any(name == b"www-authenticate" for name, _ in unknown.headers)
    wrong = answer_error(transport.MethodNotAllowedError("PATCH", ("GET", "PUT")), instance="", request_id="")
    assert (b"allow", b"GET, PUT") in wrong.headers

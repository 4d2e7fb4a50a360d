from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from serving.auth.caller import Caller, caller_of
from serving.auth.customer_token import CustomerTokens
from serving.auth.keys import new_key
from serving.errors import UnauthenticatedError

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
NOON_S = int(NOON.timestamp())
WIDGET = caller_of(new_key("widget", ("widget",), (), NOON).record)


def token(caller: Caller = WIDGET, *, algorithm: str = "HS256", **claims: Any) -> str:
    whole = {"sub": "C-1", "aud": "rapport", "iat": NOON_S, "exp": NOON_S + 600} | claims
    kept = {name: value for name, value in whole.items() if value is not None}
    return str(jwt.encode(kept, caller.signing_secret or b"", algorithm=algorithm))


def test_a_signed_token_names_its_customer_until_it_expires() -> None:
    tokens = CustomerTokens()
    signed = token()
    assert tokens.customer_of(WIDGET, signed, NOON) == "C-1"
    assert tokens.customer_of(WIDGET, signed, NOON + timedelta(seconds=599)) == "C-1"
    with pytest.raises(UnauthenticatedError, match="expired"):
        tokens.customer_of(WIDGET, signed, NOON + timedelta(seconds=600))


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"aud": None},
        {"aud": "another"},
        {"iat": None},
        {"exp": None},
        {"exp": NOON_S + 901},
        {"exp": NOON_S - 1, "iat": NOON_S - 600},
        {"iat": NOON_S + 31, "exp": NOON_S + 600},
        {"iat": "now"},
        {"exp": float("nan")},
        {"iat": float("nan"), "exp": NOON_S + 10**9},
        {"iat": -(10**400)},
        {"iat": 10**400, "exp": 10**400},
        {"nbf": NOON_S + 31},
    ],
)
def test_claims_that_do_not_fit_are_refused(claims: dict[str, Any]) -> None:
    with pytest.raises(UnauthenticatedError):
        CustomerTokens().customer_of(WIDGET, token(**claims), NOON)


def test_exactly_fifteen_minutes_are_allowed() -> None:
    assert CustomerTokens().customer_of(WIDGET, token(exp=NOON_S + 900), NOON) == "C-1"


def test_another_keys_token_another_algorithm_and_no_signature_are_refused() -> None:
    other = caller_of(new_key("other", ("widget",), (), NOON).record)
    unsigned = jwt.encode(
        {"sub": "C-1", "aud": "rapport", "iat": NOON_S, "exp": NOON_S + 60}, None, algorithm="none"
    )
    for forged in (token(other), token(algorithm="HS512"), unsigned, "", "a.b.c", token()[:-2], "x" * 5000):
        with pytest.raises(UnauthenticatedError):
            CustomerTokens().customer_of(WIDGET, forged, NOON)


def test_a_key_without_signing_secret_takes_no_tokens() -> None:
    server = caller_of(new_key("server", ("server",), (), NOON).record)
    with pytest.raises(UnauthenticatedError):
        CustomerTokens().customer_of(server, token(), NOON)


def test_remembered_tokens_are_bounded_and_belong_to_one_key() -> None:
    tokens = CustomerTokens(remembered=2)
    signed = token()
    assert tokens.customer_of(WIDGET, signed, NOON) == "C-1"
    other = caller_of(new_key("other", ("widget",), (), NOON).record)
    with pytest.raises(UnauthenticatedError):
        tokens.customer_of(other, signed, NOON)
    for number in range(5):
        tokens.customer_of(WIDGET, token(sub=f"C-{number}"), NOON)
    assert len(tokens._verified) == 2

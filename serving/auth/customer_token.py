"""The shop's word that a browser belongs to a customer: a short-lived HS256 JWT.

The shop signs it with the signing secret printed beside its widget key: ``sub`` is the customer id, ``aud`` is
``rapport``, ``iat`` now, ``exp`` at most 15 minutes later. It travels in ``X-Rapport-Customer-Token``.
"""

import math
from collections import OrderedDict
from datetime import datetime
from typing import NoReturn

import jwt

from recommender.types import CustomerId
from serving.auth.caller import Caller
from serving.errors import UnauthenticatedError

HEADER = b"x-rapport-customer-token"
AUDIENCE = "rapport"
MAX_LIFETIME_SECONDS = 15 * 60
CLOCK_SKEW_SECONDS = 30

_MAX_TOKEN_LENGTH = 4096
_REMEDY = (
    "sign an HS256 JWT with the key's signing secret: sub = customer id, aud = 'rapport', iat = now, "
    "exp at most 15 minutes after iat"
)


class CustomerTokens:
    """Verifies tokens; remembers the verified ones, as a widget sends the same one for every slot of a page."""

    def __init__(self, remembered: int = 4096) -> None:
        self._remembered = remembered
        self._verified: OrderedDict[tuple[str, str], tuple[CustomerId, float]] = OrderedDict()

    def customer_of(self, caller: Caller, token: str, now: datetime) -> CustomerId:
        """Return the customer a token speaks for.

        Raises
        ------
        UnauthenticatedError
            Wrong signature, wrong audience, expired, lifetime too long, from the future, or no subject.
        """
        known = self._verified.get((caller.key_prefix, token))
        if known is None:
            known = self._verify(caller, token, now)
        customer_id, expires_at = known
        if now.timestamp() >= expires_at:
            ago = f"{now.timestamp() - expires_at:.0f} seconds after it"
            _refuse("the customer token has expired", "an exp in the future", ago)
        return customer_id

    def _verify(self, caller: Caller, token: str, now: datetime) -> tuple[CustomerId, float]:
        claims = _claims(caller, token)
        verified = _subject(claims), _checked_times(claims, now.timestamp())
        self._verified[(caller.key_prefix, token)] = verified
        if len(self._verified) > self._remembered:
            self._verified.popitem(last=False)
        return verified


def _claims(caller: Caller, token: str) -> dict[str, object]:
    if caller.signing_secret is None or len(token) > _MAX_TOKEN_LENGTH:
        _refuse(
            "the customer token cannot be checked", "a token for a widget key", f"{len(token)} characters"
        )
    try:
        # The times are checked below against the clock that the application was given.
        claims: dict[str, object] = jwt.decode(
            token,
            caller.signing_secret,
            algorithms=["HS256"],
            audience=AUDIENCE,
            options={
                "require": ["sub", "aud", "iat", "exp"],
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
            },
        )
    except (jwt.PyJWTError, ValueError) as error:
        _refuse("the customer token is not valid", "a token signed for this key", type(error).__name__)
    return claims


def _subject(claims: dict[str, object]) -> CustomerId:
    subject = claims["sub"]
    if not isinstance(subject, str) or not subject:
        _refuse("the customer token names no customer", "sub = customer id", "")
    return CustomerId(subject)


def _checked_times(claims: dict[str, object], now_s: float) -> float:
    """Return when the token expires; its lifetime counts from ``iat``."""
    issued, expires = _seconds(claims["iat"]), _seconds(claims["exp"])
    not_before = _seconds(claims.get("nbf", claims["iat"]))
    if issued is None or expires is None or not_before is None:
        _refuse("the customer token has no times", "iat and exp in seconds", "")
    begins = max(issued, not_before)
    if begins > now_s + CLOCK_SKEW_SECONDS:
        found = f"{begins - now_s:.0f} seconds after it"
        _refuse("the customer token is from the future", "iat and nbf not after now", found)
    if expires - issued > MAX_LIFETIME_SECONDS:
        _refuse("the customer token lives too long", "at most 900 seconds", f"{expires - issued:.0f} seconds")
    return expires


def _seconds(claim: object) -> float | None:
    """Return a time as JSON numbers say it; NaN, infinities and what no float holds are none, although Python signs them."""
    try:
        seconds = float(claim) if isinstance(claim, int | float) else math.nan
    except OverflowError:
        return None
    return seconds if math.isfinite(seconds) else None


def _refuse(message: str, expected: str, found: str) -> NoReturn:
    raise UnauthenticatedError(message, expected=expected, found=found, remedy=_REMEDY)

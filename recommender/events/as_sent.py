"""What the JSON of an event says and its typed value does not show: a field that is there twice, an amount that is no JSON number."""

import json
from decimal import Decimal
from typing import Final, get_args

import msgspec

from recommender.errors import InvalidEventError
from recommender.events.vocabulary import AnyEvent, OrderLine, Profile, SaidToo
from recommender.value_rules import is_json_number, shown

Pairs = list[tuple[str, object]]


def check_as_sent(sent: bytes, event: AnyEvent) -> None:
    """Raise unless every field is there once and every amount that was sent as text is a JSON number.

    Which of two values was meant nobody knows; and Python reads ``"1_000"`` and ``" 5 "`` as amounts, which others do not.

    Parameters
    ----------
    sent
        The JSON of the event.
    event
        What was decoded from it.

    Raises
    ------
    InvalidEventError
        The message begins with the name of the field.
    """
    decoder = _ONCE if isinstance(event, Profile) else _PLAINLY  # attributes may be called like an amount
    decoder.decode(sent.decode())


def check_once(sent: bytes) -> None:
    """Raise unless every field of every object is there once."""
    _ONCE.decode(sent.decode())


def _unread(_number: str) -> None:
    """Numbers are none of our business; one may have more digits than Python reads."""


def _once(pairs: Pairs) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise _doubled(pairs)
    return fields


def _plainly(pairs: Pairs) -> None:
    fields = _once(pairs)
    for name in _AMOUNTS:
        amount = fields.get(name)
        if isinstance(amount, str) and not is_json_number(amount):
            raise InvalidEventError(
                f"{name} is no decimal",
                expected='a number, or one as text such as "2.55"',
                found=shown(amount),
                remedy="send digits 0 to 9 with a point",
            )


def _doubled(pairs: Pairs) -> InvalidEventError:
    names = [name for name, _ in pairs]
    twice = next(name for name in names if names.count(name) > 1)
    return InvalidEventError(
        f"{ascii(twice[:40])[1:-1]} is there twice",
        expected="every field once",
        found="two values",
        remedy="send the one that is meant",
    )


def _amounts_of(*kinds: type[msgspec.Struct]) -> frozenset[str]:
    fields = (field for kind in kinds for field in msgspec.structs.fields(kind))
    return frozenset(field.name for field in fields if Decimal in {field.type, *get_args(field.type)})


_AMOUNTS: Final = _amounts_of(*get_args(AnyEvent), OrderLine, SaidToo)
_ONCE: Final = json.JSONDecoder(object_pairs_hook=_once, parse_int=_unread)
_PLAINLY: Final = json.JSONDecoder(object_pairs_hook=_plainly)
"""Of an event that was checked: no number in it is too long for Python."""

"""From a file to a :class:`~recommender.playbook.model.Playbook`, or to everything that is wrong in it."""

import codecs
import hashlib
import sys
import tomllib
from collections.abc import Iterator, Mapping
from typing import Final

from pydantic import ValidationError

from recommender.errors import PlaybookError, PlaybookProblem
from recommender.playbook.document.declared import Declared
from recommender.playbook.document.deep_keys import MOST_PARTS, deep_key_of
from recommender.playbook.document.doubles import doubles
from recommender.playbook.document.not_toml import toml_problem
from recommender.playbook.document.places import Lines, Place
from recommender.playbook.document.positions import Path, Positions, long_integer_of, positions_of
from recommender.playbook.document.problems import label, problems_of
from recommender.playbook.document.root import PlaybookFile
from recommender.playbook.kinds import ActionKind
from recommender.playbook.model import Action, Playbook
from recommender.value_rules import shown

LARGEST_BYTES: Final = 2_000_000
"""Size of a file."""

_WIDE: Final = ("the number is too large", "a whole number of at most 64 bits")


def read_playbook(text: str | bytes) -> Playbook:
    r"""Read a playbook.

    Parameters
    ----------
    text
        TOML 1.0 in UTF-8, at most 2 MB, with or without the mark that some editors put before it. All its bytes, hashed,
        are the playbook's version.

    Raises
    ------
    PlaybookError
        It cannot be used; every problem with its line.

    Examples
    --------
    >>> shop = '[playbook]\nname = "Shop"\ncurrency = "EUR"\n'
    >>> read_playbook(shop).currency
    'EUR'
    >>> read_playbook(shop.replace("EUR", "EURO"))
    Traceback (most recent call last):
    recommender.errors.PlaybookError: line 3, column 1: playbook.currency: ...
    """
    written = text.encode() if isinstance(text, str) else text
    if len(written) > LARGEST_BYTES:
        raise _refused(1, 1, "the file is too large", f"at most {LARGEST_BYTES:,} bytes", f"{len(written):,}")
    source = written.removeprefix(codecs.BOM_UTF8)
    raw = _parse(source)
    places = positions_of(source)
    wide = tuple(sorted(_too_wide(raw, places)))
    if wide:
        raise PlaybookError(wide)
    twice = tuple(doubles(raw, places))
    try:
        file = PlaybookFile.model_validate(raw, context=Declared.of(raw))
    except ValidationError as error:
        raise PlaybookError((*problems_of(error, raw, places), *twice)) from None
    if twice:
        raise PlaybookError(twice)
    return file.value(hashlib.sha256(written).hexdigest())


def default_playbook() -> Playbook:
    """Return what a home without a playbook says: offers and refills of equal value, no rules, nothing drawn by chance.

    Examples
    --------
    >>> [action.id for action in default_playbook().actions], default_playbook().version
    (['product_offer', 'buy_again'], 'none')
    """
    kinds = (ActionKind.PRODUCT_OFFER, ActionKind.BUY_AGAIN)
    actions = tuple(Action(kind.value, kind, value=1.0) for kind in kinds)
    return Playbook("none", "default", actions=actions, most_per_category=None)


def _parse(source: bytes) -> dict[str, object]:
    deep = deep_key_of(source)
    if deep is not None:
        place, expected = Lines.of(source).at(deep), f"at most {MOST_PARTS}, joined by dots"
        raise _refused(place.line, place.column, "a key has too many parts", expected, "")
    try:
        return tomllib.loads(source.decode())
    except UnicodeDecodeError as error:
        place, found = Lines.of(source).at(error.start), shown(source[error.start : error.end])
        raise _refused(place.line, place.column, "the file is no text", "UTF-8", found) from None
    except tomllib.TOMLDecodeError as error:
        raise PlaybookError((toml_problem(str(error), source),)) from None
    except ValueError:  # Python reads no decimal number of more digits
        place = long_integer_of(source, sys.get_int_max_str_digits()) or Place(1, 1)
        raise _refused(place.line, place.column, *_WIDE, "") from None
    except RecursionError:
        raise _refused(
            1, 1, "the file is nested too deeply", "lists within lists within reason", ""
        ) from None


def _refused(line: int, column: int, message: str, expected: str, found: str) -> PlaybookError:
    return PlaybookError((PlaybookProblem(line, column, "", message, expected, found),))


def _too_wide(raw: Mapping[str, object], places: Positions) -> Iterator[PlaybookProblem]:
    """Yield every integer that TOML does not promise to keep: hexadecimal ones may be too long to be written in a message."""
    ahead: list[tuple[Path, object]] = [((), raw)]
    while ahead:
        path, value = ahead.pop()
        if isinstance(value, Mapping):
            ahead.extend(((*path, name), part) for name, part in value.items())
        elif isinstance(value, list):
            ahead.extend(((*path, position), part) for position, part in enumerate(value))
        elif isinstance(value, int) and not -(2**63) <= value < 2**63:
            place = places.of(path)
            yield PlaybookProblem(place.line, place.column, label(path, raw), *_WIDE)

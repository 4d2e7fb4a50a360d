"""What the text of an action may ask for, by its kind, and how it is written: ``{item}``; a brace is doubled."""

import re
from collections.abc import Mapping
from typing import Final

from recommender.playbook.conditions.problems import nearest
from recommender.playbook.kinds import ActionKind

_PARTS: Final = re.compile(r"(\{\{|\}\}|\{[a-z_]+\}|[{}])")
_ASKED: Final = re.compile(r"\{\{|\}\}|\{([^{}]*)\}")

PLACEHOLDERS: Final[Mapping[ActionKind, frozenset[str]]] = {
    ActionKind.PRODUCT_OFFER: frozenset({"item", "price"}),
    ActionKind.BUY_AGAIN: frozenset({"item", "price"}),
    ActionKind.DO_NOTHING: frozenset(),
    ActionKind.SERVICE_REMINDER: frozenset(
        {"item", "serial", "order", "service", "date", "until", "bought", "last_seen", "consequence"}
    ),
    ActionKind.APPOINTMENT: frozenset({"item", "serial", "service", "date", "time"}),
    ActionKind.THANK_YOU: frozenset({"item", "care", "order", "date"}),
    ActionKind.REVIEW_REQUEST: frozenset({"item", "order", "date"}),
    ActionKind.SURVEY: frozenset({"item", "after", "date"}),
    ActionKind.APOLOGY: frozenset({"item", "order", "date", "amount"}),
    ActionKind.FOLLOW_UP: frozenset({"item", "order", "topic", "date"}),
    ActionKind.WIN_BACK: frozenset({"date", "days", "usual_days"}),
    ActionKind.OCCASION: frozenset({"occasion", "recipient", "item", "date", "days"}),
    ActionKind.EASY_RETURN: frozenset({"item", "order", "date", "until"}),
}
"""Names that a text of the kind may use; ``date`` is the date of what it is about, in the customer's time zone."""


def placeholders_of(kind: ActionKind) -> frozenset[str]:
    """Return the names that a text of this kind may use.

    Examples
    --------
    >>> sorted(placeholders_of(ActionKind.THANK_YOU))
    ['care', 'date', 'item', 'order']
    """
    return PLACEHOLDERS[kind]


def template_parts(text: str) -> tuple[tuple[str, bool], ...]:
    """Split a text into plain pieces and names of placeholders.

    Returns
    -------
    tuple of (piece, is_name)
        Doubled braces are single ones in plain pieces. Nothing else is understood: no attributes, no formats.

    Raises
    ------
    ValueError
        A brace that opens or closes nothing, with its place.

    Examples
    --------
    >>> template_parts("Your {item} {{new}}")
    (('Your ', False), ('item', True), (' ', False), ('{', False), ('new', False), ('}', False))
    >>> template_parts("Your {item.name}")
    Traceback (most recent call last):
    ValueError: a brace at character 6 stands alone; write {item} for a placeholder, {{ for a brace
    """
    parts: list[tuple[str, bool]] = []
    at = 0
    for piece in _PARTS.split(text):
        if piece in ("{", "}"):
            raise ValueError(
                f"a brace at character {at + 1} stands alone; write {{item}} for a placeholder, {{{{ for a brace"
            )
        if piece in ("{{", "}}"):
            parts.append((piece[0], False))
        elif piece:
            parts.append((piece[1:-1], True) if piece[0] == "{" else (piece, False))
        at += len(piece)
    return tuple(parts)


def unknown_placeholders(kind: ActionKind, text: str) -> tuple[str, ...]:
    """Return what a text asks for and its kind does not have, each once, in order.

    Whatever stands between two braces is asked for: also what is no name, such as ``date:%d.%m.``.

    Raises
    ------
    ValueError
        All that it asks for is there, but a brace stands alone: as :func:`template_parts`.

    Examples
    --------
    >>> unknown_placeholders(ActionKind.WIN_BACK, "{item} misses you since {date}, {Days} long")
    ('item', 'Days')
    """
    asked = dict.fromkeys(found[1] for found in _ASKED.finditer(text) if found[1] is not None)
    unknown = tuple(name for name in asked if name not in PLACEHOLDERS[kind])
    if not unknown:
        template_parts(text)
    return unknown


def placeholder_remedy(kind: ActionKind, unknown: tuple[str, ...]) -> str:
    """Say what to write instead of what :func:`unknown_placeholders` found; empty where nothing is near.

    Examples
    --------
    >>> placeholder_remedy(ActionKind.THANK_YOU, ("Date", "carehint"))
    'did you mean {date}, {care}?'
    >>> placeholder_remedy(ActionKind.THANK_YOU, ("date:%d.%m.",))
    'a placeholder is a name alone: write {date}'
    >>> placeholder_remedy(ActionKind.THANK_YOU, ("shoe_size",))
    ''
    """
    meant = {asked: _meant(kind, asked) for asked in unknown}
    named = ", ".join(f"{{{name}}}" for name in dict.fromkeys(meant.values()) if name)
    if not named:
        return "" if all(unknown) else "a brace of its own is written twice: {{"
    if all(re.match(rf"\s*{name}\b", asked) for asked, name in meant.items()):
        return f"a placeholder is a name alone: write {named}"
    return f"did you mean {named}?"


def _meant(kind: ActionKind, asked: str) -> str:
    """Return the name that begins what is asked, or else the nearest one; empty where none is near."""
    word = asked.strip().lower()
    begins = (name for name in PLACEHOLDERS[kind] if word.startswith(name))
    return max(begins, key=len, default="") or nearest(word, sorted(PLACEHOLDERS[kind]))

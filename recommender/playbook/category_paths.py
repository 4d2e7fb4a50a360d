"""The path of a category as a playbook writes it: in a selector, a scope or a condition."""

from typing import Final

from recommender.value_rules import text_problem

MOST_LEVELS: Final = 20
LONGEST_LEVEL: Final = 256


def category_path(written: object) -> tuple[str, ...] | None:
    """Return the levels of a path, none of ``*``, which every category begins with; None for what is no path.

    Examples
    --------
    >>> category_path(" Rings / Gold "), category_path(["a/b"]), category_path("*")
    (('Rings', 'Gold'), ('a/b',), ())
    >>> category_path("Rings//Gold"), category_path("Rings/"), category_path("")
    (None, None, None)
    """
    levels = [level.strip() for level in written.split("/")] if isinstance(written, str) else written
    if levels == ["*"]:
        return ()
    if not isinstance(levels, list) or not 0 < len(levels) <= MOST_LEVELS:
        return None
    return tuple(levels) if all(map(_is_level, levels)) else None


def _is_level(one: object) -> bool:
    return isinstance(one, str) and 0 < len(one) <= LONGEST_LEVEL and not text_problem(one)

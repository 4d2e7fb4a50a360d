"""Complete playbooks to start from."""

from importlib.resources import files
from typing import Final

from recommender.errors import NotFoundError
from recommender.playbook.conditions.problems import nearest

EXAMPLES: Final = ("jeweller", "garage", "grocer")
"""Their names."""


def example_text(name: str) -> str:
    """Return the file of an example.

    Raises
    ------
    NotFoundError
        There is none of that name.

    Examples
    --------
    >>> example_text("jeweller").splitlines()[0]
    '# A jeweller who services what is sold: the inspection that keeps a warranty alive comes before any offer.'
    """
    if name not in EXAMPLES:
        closest = nearest(name, EXAMPLES)
        raise NotFoundError(
            "there is no such example",
            expected=", ".join(EXAMPLES),
            found=ascii(name[:60]),
            remedy=f"did you mean {closest}?" if closest else "",
        )
    return files(__package__).joinpath(f"{name}.toml").read_text(encoding="utf-8")

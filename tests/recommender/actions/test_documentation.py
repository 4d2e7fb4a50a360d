"""docs/actions.md says what the code does."""

import re
from pathlib import Path

from recommender.actions.proposing import PROPOSERS
from recommender.actions.timings import USUAL_LEAD_S, USUAL_WITHIN_S
from recommender.playbook.kinds import ActionKind
from recommender.playbook.placeholders import placeholders_of
from recommender.types import SECONDS_PER_DAY

PAGE = (Path(__file__).parents[3] / "docs" / "actions.md").read_text(encoding="utf-8")


def rows(heading: str) -> dict[str, str]:
    """Return the rows of a section's table by the kind in their first cell."""
    section = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    found: dict[str, str] = {}
    for line in section.splitlines():
        if line.startswith("| `"):
            _, kinds, rest = line.split("|", 2)
            found |= dict.fromkeys(re.findall(r"`(\w+)`", kinds), rest)
    return found


def test_every_kind_is_described_with_its_usual_timing() -> None:
    described = rows("The kinds")
    assert set(described) == {kind.value for kind in PROPOSERS}
    for kind, usual_s in {**USUAL_WITHIN_S, **USUAL_LEAD_S}.items():
        assert f"usually {usual_s // SECONDS_PER_DAY} days" in described[kind.value]


def test_every_placeholder_is_described() -> None:
    described = rows("Words")
    for kind in set(ActionKind) - {ActionKind.DO_NOTHING}:
        named = set(re.findall(r"`(\w+)`", described[kind.value]))
        assert named - {"never", "within"} >= placeholders_of(kind)

import re
from itertools import chain
from pathlib import Path

from recommender.candidates.codes import GateReason
from recommender.decisions.gate_stages import STAGES

DOCUMENT = Path(__file__).parents[3] / "docs" / "arbitration.md"


def test_every_reason_belongs_to_one_gate() -> None:
    assert sorted(chain.from_iterable(STAGES.values())) == sorted(GateReason)


def test_the_documented_table_has_the_gates_and_their_codes_in_the_order_in_which_they_are_asked() -> None:
    table = DOCUMENT.read_text().partition("| gate | codes | binds |\n")[2].partition("\n\n")[0]
    rows = [line.split("|") for line in table.splitlines()[1:]]
    told = [re.findall(r"`(\w+)`", row[2]) for row in rows]
    codes = {reason.value for reason in GateReason}
    assert [[one for one in row if one in codes] for row in told] == [
        [reason.value for reason in reasons] for reasons in STAGES.values()
    ]

"""Lists of tables take two brackets; who writes one is told so where it stands."""

import pytest

from tests.recommender.playbook.small import HEAD, action, plan, problems_of

LISTS = (
    "actions",
    "actions.context",
    "service_plans",
    "ownership",
    "contact_policy.caps",
    "contact_policy.quiet_hours",
)


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("again", ["[[{}]]", "[{}]", '["{}"]', ""])
def test_one_bracket_where_two_belong_is_told_at_the_first(name: str, again: str) -> None:
    first = '[[actions]]\nkind = "survey"\n' if name == "actions.context" else "[levers]\nx = 1\n"
    later = again.format(name.replace(".", '"."') if '"' in again else name)
    told = problems_of(f"{HEAD}{first}[{name}]\nx = 1\n\n{later}\n['\"']\n")
    where = "actions[1].context" if name == "actions.context" and not later else name
    remedy = f"write [[{name}]] with two brackets, once for each"
    assert (
        f"line 6, column 1: {where}: the type does not fit: expected a list, found a table; {remedy}" in told
    )


def test_one_bracket_after_two_is_told_where_it_stands() -> None:
    (told,) = problems_of(HEAD + '[[ownership]]\nkind = "own_once"\n[ownership]\nkind = "own_once"\n')
    assert told.startswith("line 6, column 1: ownership: the type does not fit")


def test_a_single_table_of_plans_is_told_and_its_id_is_known_all_the_same() -> None:
    text = plan().replace("[[service_plans]]", "[service_plans]")
    actions = action('plans = ["it"]', "service_reminder").removeprefix(HEAD)
    (told,) = problems_of(text + actions)
    assert "write [[service_plans]] with two brackets, once for each" in told

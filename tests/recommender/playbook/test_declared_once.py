"""Keys, ids and the scopes of ownership are declared once."""

import pytest

from recommender.playbook.reading import read_playbook
from tests.recommender.playbook.small import HEAD, action, problems_of


@pytest.mark.parametrize(
    "text", ["[levers]\n[levers]", "[[actions]]\nid = 1\nid = 2", "[actions]\na = 1\na = 2"]
)
def test_what_is_declared_twice_is_told_at_the_second(text: str) -> None:
    (told,) = problems_of(text)
    assert told.startswith(f"line {text.count(chr(10)) + 1}, column")
    assert "Cannot" in told


def test_an_id_is_given_once() -> None:
    twice = action("value = 1") + '[[actions]]\nid = "it"\nkind = "thank_you"\nvalue = 1\n'
    (told,) = problems_of(twice)
    assert told.startswith("line 15, column 1: actions.it.id: the id is taken: found 'it', also in line 11")


@pytest.mark.parametrize(
    ("first", "second", "where"),
    [
        ('category = "Rings"', 'category = "Rings"', "category: the scope is taken: found 'Rings'"),
        ('category = "A/B"', 'category = " A / B "', "category: the scope is taken: found ' A / B '"),
        ('category = "A/B"', 'category = ["A", "B"]', "category: the scope is taken: found ['A', 'B']"),
        ('category = "*"', 'category = ["*"]', "category: the scope is taken: found ['*']"),
        ('item_group_id = "g"', 'item_group_id = "g"', "item_group_id: the scope is taken: found 'g'"),
    ],
)
def test_a_scope_has_one_ownership_rule(first: str, second: str, where: str) -> None:
    rules = [f'[[ownership]]\nkind = "own_once"\n{scope}\n' for scope in (first, 'category = "Z"', second)]
    (told,) = problems_of(HEAD + "".join(rules))
    assert told == (
        f"line 12, column 1: ownership[3].{where}, also in line 6; a scope has one rule: leave one of them out"
    )


def test_other_scopes_have_rules_of_their_own() -> None:
    scopes = (
        'category = "A/B"',
        'category = ["A/B"]',
        'category = "A"',
        'category = "*"',
        'item_group_id = "A"',
    )
    rules = [f'[[ownership]]\nkind = "own_once"\n{scope}\n' for scope in scopes]
    assert len(read_playbook(HEAD + "".join(rules)).ownership) == 5

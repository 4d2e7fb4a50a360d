"""Settling what is simulated."""

from recommender.playbook.reading import default_playbook, read_playbook
from tests.training.simulate.world import HEAD
from training.simulate.preparing import Declared, side_plans

SHOP = Declared("Shop", HEAD.encode(), read_playbook(HEAD.encode()))
NOBODYS = Declared("no playbook", None, default_playbook())


def test_a_channel_that_is_named_twice_is_asked_once_on_both_sides() -> None:
    for new, against in ((SHOP, NOBODYS), (NOBODYS, SHOP)):
        plans, _ = side_plans(new, against, ("email", "app", "email"))
        assert [one.channels for one in plans] == [("email", "app")] * 2

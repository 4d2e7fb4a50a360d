"""Playbooks of a few lines, with room for what a test is about; and what the checker says of one."""

import pytest

from recommender.errors import PlaybookError
from recommender.playbook.reading import read_playbook

HEAD = '[playbook]\nname = "Shop"\ncurrency = "EUR"\n'
CHANNELS = '[channels.email]\ndirection = "outbound"\n[channels.web]\ndirection = "inbound"\n'


def action(settings: str, kind: str = "thank_you") -> str:
    return f'{HEAD}{CHANNELS}[levers]\nxmas = 1.5\n[[actions]]\nid = "it"\nkind = "{kind}"\n{settings}\n'


def plan(settings: str = "") -> str:
    needed = {
        "name": '"Check"',
        "items.categories": '["Rings"]',
        "first_after": '"6 months"',
        "satisfied_by": '["check"]',
    }
    rest = "".join(
        f"{name} = {value}\n"
        for name, value in needed.items()
        if name.partition(".")[0] + " " not in settings
    )
    return f'{HEAD}[[service_plans]]\nid = "it"\n{settings}\n{rest}'


def problems_of(text: str | bytes) -> list[str]:
    with pytest.raises(PlaybookError) as caught:
        read_playbook(text)
    return str(caught.value).split("\n")

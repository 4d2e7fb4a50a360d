"""Quiet hours that leave no time at all are refused, and no others."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.contacts.quiet import quiet_hours_at
from recommender.errors import PlaybookError
from recommender.playbook.document.quiet_week import OUTBOUND_KINDS, closing_rule, quiet_minutes
from recommender.playbook.kinds import ActionKind
from recommender.playbook.model import QuietHours
from recommender.playbook.reading import read_playbook
from tests.recommender.playbook.small import CHANNELS, HEAD

SMS = '[channels.sms]\ndirection = "outbound"\n'
MONDAY_S = int(datetime(2026, 11, 23, tzinfo=UTC).timestamp())
NIGHT = 'from = "20:00"\nuntil = "08:00"'
DAY = 'from = "08:00"\nuntil = "20:00"'
WORKDAYS = '\nweekdays = ["monday", "tuesday", "wednesday", "thursday", "friday"]'
WEEKEND = '\nweekdays = ["saturday", "sunday"]'
ONLY_EMAIL, ONLY_SMS = '\nchannels = ["email"]', '\nchannels = ["sms"]'
WISH = '\npreference = { name = "calls", value = "never" }'
NOT_OFFERS = '\nexcept_kinds = ["product_offer", "buy_again"]'


def file_of(*rules: str) -> str:
    return HEAD + CHANNELS + SMS + "".join(f"[[contact_policy.quiet_hours]]\n{rule}\n" for rule in rules)


@pytest.mark.parametrize(
    ("rules", "last"),
    [
        ([NIGHT, DAY], 2),
        ([NIGHT, DAY, NIGHT], 2),
        ([NIGHT, NIGHT + ONLY_SMS, DAY], 3),
        ([NIGHT, DAY + WORKDAYS, DAY + WEEKEND], 3),
        ([NIGHT, DAY + ONLY_SMS, DAY + ONLY_EMAIL], 3),
        (['from = "00:00"\nuntil = "23:59"', 'from = "23:59"\nuntil = "00:00"'], 2),
    ],
)
def test_a_week_without_any_time_is_told_at_the_last_rule_that_takes_it(rules: list[str], last: int) -> None:
    text = file_of(*rules)
    with pytest.raises(PlaybookError) as caught:
        read_playbook(text)
    (problem,) = caught.value.problems
    assert problem.where == f"contact_policy.quiet_hours[{last}]"
    headers = [
        line for line, row in enumerate(text.split("\n"), 1) if row == "[[contact_policy.quiet_hours]]"
    ]
    assert problem.line == headers[last - 1]
    assert problem.found == "none for any kind"


@pytest.mark.parametrize(
    "rules",
    [
        [NIGHT],
        [NIGHT, DAY + WORKDAYS],
        [NIGHT + WORKDAYS, DAY],
        [NIGHT, 'from = "08:00"\nuntil = "19:59"'],
        [NIGHT, 'from = "08:01"\nuntil = "20:00"'],
        [NIGHT, DAY + ONLY_SMS],
        [NIGHT, DAY + NOT_OFFERS],
        [NIGHT + ONLY_EMAIL, DAY + ONLY_SMS],
        [NIGHT + "\nexcept_kinds = " + str([kind.value for kind in OUTBOUND_KINDS]), DAY],
        ['from = "00:00"\nuntil = "23:59"'],
        [NIGHT, DAY + WISH],
        [NIGHT + WISH, DAY],
    ],
)
def test_a_week_with_a_minute_on_some_channel_is_good(rules: list[str]) -> None:
    assert len(read_playbook(file_of(*rules)).policy.quiet_hours) == len(rules)


def test_without_outbound_channels_rules_for_all_of_them_count() -> None:
    night, day = QuietHours(1_200, 480), QuietHours(480, 1_200)
    assert closing_rule([night, day], []) == 1
    assert closing_rule([], []) is None
    assert ActionKind.DO_NOTHING not in OUTBOUND_KINDS


@given(
    st.integers(0, 1_439),
    st.integers(0, 1_439),
    st.frozensets(st.integers(0, 6), min_size=1),
    st.integers(0, 7 * 1_440 - 1),
)
def test_the_minutes_of_a_rule_are_those_in_which_it_holds(
    begins: int, ends: int, weekdays: frozenset[int], minute: int
) -> None:
    rule = QuietHours(begins, ends, weekdays)
    minutes = quiet_minutes(rule)
    for asked in {minute, begins, ends, (ends - 1) % 1_440, 6 * 1_440 + begins}:
        holds = quiet_hours_at([rule], MONDAY_S + asked * 60, ZoneInfo("UTC")) is not None
        assert bool(minutes >> asked & 1) is holds

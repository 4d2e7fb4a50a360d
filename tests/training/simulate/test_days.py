"""Small worlds of which everybody can say what a playbook tells whom, and when."""

import pytest

from recommender.events.vocabulary import ContactSent
from tests.training.simulate.world import (
    CARE,
    FIRST,
    HEAD,
    SORRY,
    THANKS,
    WEEKLY,
    WEEKLY_IF_WISHED,
    NewWorld,
    at,
    bought,
    complaint,
    consent,
    days_from,
    view,
    visit,
    wish,
)

TWICE = (bought("ada", "2024-05-02T12:00", "mug"), bought("ada", "2024-05-04T12:00", "lamp"))


def test_a_weekly_cap_pushes_the_second_mail_out_until_it_opens(new_world: NewWorld) -> None:
    world = new_world(TWICE)
    assert world.told(HEAD + THANKS) == [
        ("ada", "05-03 10:00:00", "thanks"),
        ("ada", "05-05 10:00:00", "thanks"),
    ]
    # Seven days later, to the second, the first mail does not count any more.
    assert world.told(HEAD + WEEKLY + THANKS) == [
        ("ada", "05-03 10:00:00", "thanks"),
        ("ada", "05-10 10:00:00", "thanks"),
    ]


def test_a_customers_own_wish_is_kept_and_holds_until_they_say_otherwise(new_world: NewWorld) -> None:
    world = new_world([*TWICE, wish("ada", "weekly")])
    assert [when for _, when, _ in world.told(HEAD + WEEKLY_IF_WISHED + THANKS)] == [
        "05-03 10:00:00",
        "05-10 10:00:00",
    ]
    changed = new_world([*TWICE, wish("ada", "weekly"), wish("ada", "any", "2024-05-06T12:00")])
    assert [when for _, when, _ in changed.told(HEAD + WEEKLY_IF_WISHED + THANKS)] == [
        "05-03 10:00:00",
        "05-07 10:00:00",
    ]


def test_a_shut_channel_is_counted_with_the_limit_that_shuts_it(new_world: NewWorld) -> None:
    world = new_world(TWICE)
    tally = world.outcome(world.plan(HEAD + WEEKLY + THANKS, window=days_from(FIRST, 14))).sides[0].tally
    # 4 to 9 May in the morning; then 11 to 14 May after the second.
    assert tally.shut["email"]["cap_reached"].times == 6 + 4
    assert tally.weeks == {1: 2}
    assert (tally.contacts, tally.told, tally.customers) == (2, 1, 1)


def test_in_quiet_hours_nothing_goes_out_until_they_end(new_world: NewWorld) -> None:
    world = new_world(TWICE[:1])
    quiet = '[[contact_policy.quiet_hours]]\nfrom = "22:00"\nuntil = "08:00"\n'
    assert world.told(HEAD + THANKS, hour=23) == [("ada", "05-02 23:00:00", "thanks")]
    assert world.told(HEAD + quiet + THANKS, hour=23) == [("ada", "05-03 08:00:00", "thanks")]


def test_a_day_knows_nothing_of_what_happens_in_it(new_world: NewWorld) -> None:
    thanks = THANKS.replace("1 hour", "0 hours")
    world = new_world([bought("ada", "2024-05-02T10:00", "mug"), bought("eve", "2024-05-09T09:59", "mug")])
    assert world.told(HEAD + thanks) == [
        ("ada", "05-03 10:00:00", "thanks"),
        ("eve", "05-09 10:00:00", "thanks"),
    ]


def test_what_really_was_sent_in_the_window_does_not_count_and_what_was_before_does(
    new_world: NewWorld,
) -> None:
    def sent(who: str, when: str) -> ContactSent:
        return ContactSent(
            source="shop",
            event_id=f"sent-{who}",
            occurred_at=at(when),
            customer_id=who,
            channel="email",
            decision_id=f"d-{who}",
            action="other",
        )

    world = new_world(
        [
            bought("ada", "2024-05-02T12:00", "mug"),
            sent("ada", "2024-05-03T09:00"),
            bought("eve", "2024-05-02T12:00", "mug"),
            sent("eve", "2024-04-30T09:00"),
        ],
    )
    assert world.told(HEAD + WEEKLY + THANKS) == [
        ("ada", "05-03 10:00:00", "thanks"),
        ("eve", "05-07 09:00:00", "thanks"),
    ]


def test_on_an_inbound_channel_customers_are_told_when_they_come(new_world: NewWorld) -> None:
    world = new_world([TWICE[0], view("ada", "2024-05-06T17:30"), view("ada", "2024-05-06T18:00")])
    # She comes on the 2nd as well, to buy: nothing was known that morning.
    assert world.told(HEAD + THANKS, channels=("app",)) == [("ada", "05-06 17:30:00", "thanks")]


@pytest.mark.parametrize(("status", "missed"), [("subscribed", {}), ("unsubscribed", {"no_consent": 1})])
def test_a_promise_is_missed_with_the_gate_that_stopped_it(
    new_world: NewWorld, status: str, missed: dict[str, int]
) -> None:
    world = new_world([bought("ada", "2023-11-10T12:00", "ring"), consent("ada", status)])
    book = (HEAD + CARE).replace("needs_consent = false", "needs_consent = true")
    answer = world.outcome(world.plan(book, window=days_from(FIRST, 21))).sides[0]
    kept = answer.tally.promises
    assert (kept.windows, kept.said, kept.missed) == (1, 1 - len(missed), missed)
    assert [(one.customer_id, one.plan, one.reason) for one in answer.missed] == [
        ("ada", "care", reason) for reason in missed
    ]


def test_a_promise_is_kept_by_a_visit_or_open_or_ended_and_none_of_them_is_missed(
    new_world: NewWorld,
) -> None:
    world = new_world(
        [
            bought("ada", "2023-11-10T12:00", "ring"),
            visit("ada", "2024-05-09T12:00"),
            bought("eve", "2023-11-20T12:00", "ring"),
            bought("zoe", "2023-10-01T12:00", "ring"),  # lapsed in April, before the first day
        ],
    )
    silent = (HEAD + CARE).replace('channels = ["email"]', 'channels = ["app"]')
    kept = world.outcome(world.plan(silent, window=days_from(FIRST, 21))).sides[0].tally.promises
    assert (kept.windows, kept.said, kept.visited, kept.open, kept.missed) == (2, 0, 1, 1, {})
    longer = world.outcome(world.plan(silent, window=days_from(FIRST, 30))).sides[0].tally.promises
    assert (longer.visited, longer.open, longer.missed) == (1, 0, {"other_channel": 1})


def test_responses_are_drawn_from_the_propensities_and_feed_the_cooldowns(new_world: NewWorld) -> None:
    world = new_world(TWICE)
    sure = HEAD + THANKS.replace("prior = 0.5", "prior = 0.999999")
    # Thanks for the other thing come too, unless the cooldown of the first holds them back.
    for more, expected in (("", (2, 2, 4.0)), ('cooldown.accepted = "30 days"\n', (1, 1, 2.0))):
        plan = world.plan(sure + more, window=days_from(FIRST, 21), accept_seed=7)
        said = world.outcome(plan).sides[0].tally.said["thanks"]["email"]
        assert (said.times, said.accepted, said.gained) == expected
    halves = [
        world.outcome(world.plan(HEAD + THANKS, window=days_from(FIRST, 21), accept_seed=seed))
        .sides[0]
        .tally.said["thanks"]["email"]
        .accepted
        for seed in (1, 1, 2, 3, 4, 5, 6)
    ]
    assert halves[0] == halves[1]
    assert 0 < sum(halves) < 2 * len(halves)


def test_what_has_nothing_to_speak_of_keeps_no_channel_open(new_world: NewWorld) -> None:
    daily = '[[contact_policy.quiet_hours]]\nfrom = "08:00"\nuntil = "12:00"\nexcept_kinds = ["apology"]\n'
    world = new_world((*TWICE[:1], complaint("ada", "2024-05-06T12:00")))
    plan = world.plan(HEAD + daily + THANKS + SORRY, window=days_from(FIRST, 10))
    tally = world.outcome(plan).sides[0].tally
    # Mornings of 3 to 6 May without a complaint are quiet for everything; from 7 May on there may be an apology.
    assert tally.shut["email"]["quiet_hours"].times == 4
    assert tally.said["sorry"]["email"].times == 1

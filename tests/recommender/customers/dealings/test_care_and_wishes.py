"""Service, feedback, consent, preferences, special days and overrides: the newest word, and what is never dropped."""

from datetime import date
from decimal import Decimal
from itertools import permutations

import pytest

from recommender.customers import NO_DEALINGS
from recommender.customers.dealing_folds.bounds import (
    BOOKING_DAYS,
    LONGEST_VALUE,
    MOST_AHEAD,
    MOST_BOOKED_AHEAD,
    MOST_BOOKINGS,
    MOST_ENDED_OVERRIDES,
    MOST_NAMES,
    MOST_QUESTIONS,
    MOST_REVIEWS,
    MOST_SPECIAL_DAYS,
    MOST_SURVEYS,
    MOST_VISITS,
)
from recommender.events.vocabulary import (
    AnyEvent,
    Appointment,
    Cart,
    ConsentChange,
    Identify,
    Impression,
    Occasion,
    Override,
    Preference,
    Profile,
    Question,
    Review,
    ServiceVisit,
    SurveyAnswer,
    Unlink,
    View,
)
from tests.recommender.customers.dealings.what_happened import (
    MUG,
    RING,
    at_s,
    bought,
    dealings,
    line,
    on,
    said,
)


def test_identities_are_no_dealings() -> None:
    assert dealings(said(Identify, 0, other_id="x"), said(Unlink, 1, other_id="x")) is NO_DEALINGS


def test_the_newest_questions_are_kept_without_their_words() -> None:
    asked = [
        said(Question, day, text="secret", topic="fit", item_id="ring") for day in range(MOST_QUESTIONS + 3)
    ]
    found = dealings(*asked).questions
    assert [one.at_s for one in found] == [at_s(day) for day in range(3, MOST_QUESTIONS + 3)]
    assert (found[-1].event_id, found[-1].number, found[-1].topic) == (asked[-1].event_id, RING, "fit")


def test_visits_are_kept_per_service_and_unit() -> None:
    often = [said(ServiceVisit, day, service_code="wash", item_id="ring") for day in range(MOST_VISITS + 3)]
    once = said(ServiceVisit, 0, service_code="check", serial="S1")
    found = dealings(once, *often).visits
    assert [(one.service_code, one.serial) for one in found if one.number is None] == [("check", "S1")]
    assert [one.at_s for one in found if one.number == RING] == [
        at_s(day) for day in range(3, MOST_VISITS + 3)
    ]


def test_the_newest_word_on_an_appointment_holds_and_keeps_what_it_does_not_repeat() -> None:
    words: list[AnyEvent] = [
        said(Appointment, 0, appointment_id="P", starts_at=on(9), service_code="check", serial="S1"),
        said(Appointment, 1, appointment_id="P", starts_at=on(11), status="moved", item_id="ring"),
        said(Appointment, 2, appointment_id="P", starts_at=on(11), status="cancelled"),
    ]
    for arrived in permutations(words):
        (booking,) = dealings(*arrived).bookings
        assert (booking.status, booking.starts_s, booking.said_s) == ("cancelled", at_s(11), at_s(2))
        assert (booking.service_code, booking.number, booking.serial) == ("check", RING, "S1")


def test_of_appointments_that_are_over_those_that_start_last_are_kept() -> None:
    over = [said(Appointment, n, appointment_id=str(n), starts_at=on(n)) for n in range(MOST_BOOKINGS + 5)]
    later = said(View, MOST_BOOKINGS + 5 + BOOKING_DAYS, item_id="ring")
    kept = [one.starts_s for one in dealings(*over, later).bookings]
    assert kept == [at_s(n) for n in range(5, MOST_BOOKINGS + 5)]


def test_a_series_that_is_booked_ahead_pushes_no_near_visit_out() -> None:
    tomorrow = said(Appointment, 0, appointment_id="service", starts_at=on(1))
    series = [
        said(Appointment, 0, appointment_id=f"weekly-{n}", starts_at=on(7 * n + 2))
        for n in range(MOST_BOOKED_AHEAD + 5)
    ]
    called_off = [
        said(Appointment, 0, appointment_id=f"off-{n}", starts_at=on(n), status="cancelled")
        for n in range(MOST_BOOKINGS + 5)
    ]
    found = dealings(tomorrow, *series, *called_off).bookings
    expected = [one.appointment_id for one in found if one.is_expected]
    assert expected == ["service", *(f"weekly-{n}" for n in range(MOST_BOOKED_AHEAD - 1))]
    assert len(found) == MOST_BOOKED_AHEAD + MOST_BOOKINGS


def test_what_was_kept_lately_is_remembered_beside_a_series() -> None:
    kept = said(Appointment, 0, appointment_id="service", starts_at=on(0), status="kept")
    series = [
        said(Appointment, 7, appointment_id=f"weekly-{n}", starts_at=on(7 * n + 8))
        for n in range(MOST_BOOKINGS + 5)
    ]
    assert dealings(kept, *series).bookings[0].appointment_id == "service"


def test_the_newest_answer_and_the_newest_score_of_a_survey_are_kept() -> None:
    found = dealings(
        said(SurveyAnswer, 0, survey_id="nps", score=3.0),
        said(SurveyAnswer, 1, survey_id="nps", score=9.0),
        said(SurveyAnswer, 1.5, survey_id="other", text="fine"),
        said(SurveyAnswer, 2, survey_id="nps", text="because"),
    ).surveys
    assert [(one.survey_id, one.at_s, one.score, one.scored_s) for one in found] == [
        ("other", at_s(1.5), None, None),
        ("nps", at_s(2), 9.0, at_s(1)),
    ]
    many = [said(SurveyAnswer, n, survey_id=str(n)) for n in range(MOST_SURVEYS + 2)]
    assert [one.survey_id for one in dealings(*many).surveys] == [str(n) for n in range(2, MOST_SURVEYS + 2)]


def test_the_newest_review_of_each_item_is_kept() -> None:
    found = dealings(
        said(Review, 0, item_id="ring", rating=2),
        said(Review, 1, item_id="mug", rating=4),
        said(Review, 2, item_id="ring", rating=5),
        said(Review, 3, item_id="lamp", rating=1),
    ).reviews
    assert [(one.number, one.at_s, one.rating) for one in found] == [(MUG, at_s(1), 4), (RING, at_s(2), 5)]
    assert len(found) < MOST_REVIEWS


def test_a_review_in_words_alone_leaves_the_newest_rating_of_its_item() -> None:
    found = dealings(
        said(Review, 0, item_id="ring", rating=2),
        said(Review, 1, item_id="mug", text="fine"),
        said(Review, 2, item_id="ring", text="The stone is loose."),
    ).reviews
    assert [(one.number, one.at_s, one.rating, one.rated_s) for one in found] == [
        (MUG, at_s(1), None, None),
        (RING, at_s(2), 2, at_s(0)),
    ]


def consent(day: float, status: str, channel: str = "email", topic: str | None = None) -> ConsentChange:
    return said(ConsentChange, day, consent_channel=channel, status=status, topic=topic)


@pytest.mark.parametrize(
    ("words", "holds"),
    [
        ([consent(0, "subscribed"), consent(1, "unsubscribed")], "unsubscribed"),
        ([consent(0, "unsubscribed"), consent(1, "subscribed")], "subscribed"),
        ([consent(0, "subscribed"), consent(0, "unsubscribed")], "unsubscribed"),
        ([consent(0, "subscribed"), consent(0, "pending")], "pending"),
        ([consent(0, "pending"), consent(0, "never_subscribed")], "never_subscribed"),
        ([consent(0, "never_subscribed"), consent(0, "unsubscribed")], "unsubscribed"),
    ],
)
def test_the_newest_consent_holds_and_of_equal_times_the_more_restrictive(
    words: list[ConsentChange], holds: str
) -> None:
    for arrived in permutations(words):
        (found,) = dealings(*arrived).consents
        assert found.status == holds
        (said_so,) = [
            word for word in words if (word.source, word.event_id) == (found.source, found.event_id)
        ]
        assert said_so.status == holds


def test_consent_is_kept_for_every_channel_and_topic() -> None:
    words = [
        consent(0, "subscribed", channel, topic) for channel in ("email", "sms") for topic in (None, "news")
    ]
    assert {(one.channel, one.topic) for one in dealings(*words).consents} == {
        ("email", None),
        ("email", "news"),
        ("sms", None),
        ("sms", "news"),
    }


def test_the_newest_value_of_each_name_is_kept_and_places_may_be_told_either_way() -> None:
    found = dealings(
        said(Profile, 0, time_zone="Europe/Berlin", language="de", attributes={"size": "M", "tier": "gold"}),
        said(Preference, 1, name="time_zone", value="Asia/Tokyo"),
        said(Preference, 1, name="quiet_day", value="Sunday"),
        said(Profile, 2, attributes={"size": "L"}),
        said(Profile, 3, language="ja"),
    )
    assert (found.time_zone, found.language) == ("Asia/Tokyo", "ja")
    assert found.attributes == {"size": "L", "tier": "gold"}
    assert found.preferences == {"quiet_day": "Sunday", "time_zone": "Asia/Tokyo"}


def test_names_are_bounded_and_long_texts_stay_in_the_log() -> None:
    told = [said(Preference, n, name=f"n{n:03d}", value="x") for n in range(MOST_NAMES + 4)]
    assert list(dealings(*told).preferences) == [f"n{n:03d}" for n in range(4, MOST_NAMES + 4)]
    longest = said(Profile, 0, attributes={"a": "x" * LONGEST_VALUE, "b": "x" * (LONGEST_VALUE + 1)})
    assert list(dealings(longest).attributes) == ["a"]


def test_a_yearly_day_is_corrected_and_single_days_are_each_remembered() -> None:
    found = dealings(
        said(Occasion, 0, kind="birthday", on=date(1990, 12, 11)),
        said(Occasion, 1, kind="gift", on=date(2023, 12, 24), yearly=False, recipient="Mum"),
        said(Occasion, 2, kind="gift", on=date(2022, 12, 24), yearly=False, recipient="Mum"),
        said(Occasion, 3, kind="birthday", on=date(1990, 12, 10)),
        said(Occasion, 4, kind="birthday", on=date(1960, 2, 29), recipient="Mum"),
    ).special_days
    assert [(one.kind, one.on, one.recipient) for one in found] == [
        ("gift", "2023-12-24", "Mum"),
        ("gift", "2022-12-24", "Mum"),
        ("birthday", "1990-12-10", None),
        ("birthday", "1960-02-29", "Mum"),
    ]
    many = [said(Occasion, n, kind=str(n), on=date(2024, 1, 1)) for n in range(MOST_SPECIAL_DAYS + 1)]
    assert len(dealings(*many).special_days) == MOST_SPECIAL_DAYS


def override(day: float, kind: str = "suppress", until: float | None = None, **about: str) -> Override:
    ends = None if until is None else on(until)
    return said(Override, day, kind=kind, author="bo", reason="she asked", expires_at=ends, **about)


def test_the_newest_override_of_a_kind_an_action_and_an_item_holds() -> None:
    found = dealings(
        override(0, action="care", item_id="ring"),
        override(1, action="care", item_id="mug", until=9),
        override(2, action="care", item_id="ring", until=5),
        override(3, kind="hold_all"),
        override(4, action="care", item_id="lamp"),
    ).overrides
    assert [(one.kind, one.action, one.number, one.at_s, one.expires_s) for one in found] == [
        ("suppress", "care", MUG, at_s(1), at_s(9)),
        ("suppress", "care", RING, at_s(2), at_s(5)),
        ("hold_all", None, None, at_s(3), None),
    ]
    assert (found[0].author, found[0].reason) == ("bo", "she asked")


def test_goodwill_of_staff_keeps_its_amount() -> None:
    given = said(
        Override, 0, kind="goodwill", author="bo", reason="late", amount=Decimal("7.50"), currency="EUR"
    )
    (found,) = dealings(given).overrides
    assert (found.amount, found.currency, found.event_id) == (7.5, "EUR", given.event_id)
    assert found.evidence == f"{given.source}/{given.event_id}"


def test_overrides_that_may_be_live_are_never_dropped() -> None:
    count = MOST_ENDED_OVERRIDES + 10
    live = [override(0, action=f"live-{n}", until=101) for n in range(count)]
    ended = [override(1, action=f"ended-{n:03d}", until=2 + n) for n in range(count)]
    later = bought(100, "A", line("mug"))
    found = dealings(*live, *ended, later).overrides
    assert sum(one.expires_s == at_s(101) for one in found) == count
    assert sum(one.expires_s != at_s(101) for one in found) == MOST_ENDED_OVERRIDES


def test_what_holds_until_an_override_that_is_dated_ahead_begins_is_kept() -> None:
    """The clock may be a day behind the newest event: what was said within that day may not have begun."""
    given = [override(0), override(1, until=9), override(1.5), override(2), override(2.2)]
    assert [one.at_s for one in dealings(*given).overrides] == [at_s(1), at_s(1.5), at_s(2), at_s(2.2)]
    later = bought(4, "A", line("mug"))
    assert [one.at_s for one in dealings(*given, later).overrides] == [at_s(2.2)]
    other = override(2.1, action="care")
    assert [one.at_s for one in dealings(*given, other).overrides] == [
        at_s(1), at_s(1.5), at_s(2), at_s(2.1), at_s(2.2),
    ]  # fmt: skip


def test_of_many_overrides_of_one_kind_on_one_day_the_last_few_are_kept() -> None:
    given = [override(1 + n / 100) for n in range(MOST_AHEAD + 20)]
    found = dealings(*given).overrides
    assert [one.at_s for one in found] == [at_s(1 + n / 100) for n in range(19, MOST_AHEAD + 20)]


def test_the_customer_was_last_seen_at_the_newest_view_cart_or_impression() -> None:
    look = said(View, 3, item_id="mug")
    assert dealings(look, said(Cart, 1, item_id="mug")).last_seen_s == at_s(3)
    assert dealings(look, said(Cart, 4, item_id="mug")).last_seen_s == at_s(4)
    assert dealings(look, said(Impression, 5, decision_id="D", rank=1)).last_seen_s == at_s(5)
    assert dealings(said(Question, 5, text="?"), look).last_seen_s == at_s(3)

"""Service and feedback: visits, appointments, questions, survey answers and reviews."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from recommender.customers.dealing_folds.bounds import (
    BOOKING_DAYS,
    MOST_BOOKED_AHEAD,
    MOST_BOOKINGS,
    MOST_QUESTIONS,
    MOST_REVIEWS,
    MOST_SURVEYS,
    MOST_VISITS,
    newest,
    newest_of_each,
)
from recommender.customers.dealing_folds.reading import NumberOf, seconds
from recommender.customers.dealings import Asked, Booking, Reviewed, Surveyed, Visit
from recommender.events.vocabulary import Appointment, Question, Review, ServiceVisit, SurveyAnswer


def questions_of(events: Sequence[Question], number_of: NumberOf) -> tuple[Asked, ...]:
    """Fold questions, given in the order of the fold: the newest; their words stay in the log."""
    return tuple(
        Asked(
            event.event_id,
            seconds(event.occurred_at),
            number_of(event.item_id),
            event.order_id,
            event.topic,
        )
        for event in newest(events, MOST_QUESTIONS)
    )


def visits_of(events: Sequence[ServiceVisit], number_of: NumberOf) -> tuple[Visit, ...]:
    """Fold service visits, given in the order of the fold: the newest of each service and unit."""
    visits = [
        Visit(
            event.service_code,
            seconds(event.occurred_at),
            number_of(event.item_id),
            event.serial,
            event.order_id,
        )
        for event in events
    ]
    return newest_of_each(
        visits, lambda one: (one.service_code, one.number, one.serial, one.order_id), MOST_VISITS
    )


def bookings_of(
    events: Sequence[Appointment], number_of: NumberOf, newest_event: datetime
) -> tuple[Booking, ...]:
    """Fold appointments, given in the order of the fold: the newest word on each, by when they start.

    A word that does not repeat the service, the item or the serial leaves them as they were said before. Of visits that
    may still come the next are kept, of the others those that start last: a series that is booked far ahead pushes no
    visit of tomorrow out.

    Parameters
    ----------
    events
        In the order of the fold.
    number_of
        Reads item ids.
    newest_event
        Of this customer: what started long before it is over.
    """
    words: dict[str, list[Appointment]] = {}
    for event in events:
        words.setdefault(event.appointment_id, []).append(event)
    bookings = [_booking(said, number_of) for said in words.values()]
    bookings.sort(key=lambda one: (one.starts_s, one.appointment_id))
    if len(bookings) <= MOST_BOOKINGS:
        return tuple(bookings)
    over_s = seconds(newest_event - timedelta(days=BOOKING_DAYS))
    ahead = [one for one in bookings if _may_come(one, over_s)]
    others = [one for one in bookings if not _may_come(one, over_s)]
    kept = {*map(id, ahead[:MOST_BOOKED_AHEAD]), *map(id, newest(others, MOST_BOOKINGS))}
    return tuple(one for one in bookings if id(one) in kept)


def _may_come(booking: Booking, over_s: int) -> bool:
    """Whether a visit is expected, or was kept so lately that its service may not be recorded yet."""
    return (booking.is_expected or booking.status == "kept") and booking.starts_s > over_s


def _booking(words: Sequence[Appointment], number_of: NumberOf) -> Booking:
    last = words[-1]
    return Booking(
        appointment_id=last.appointment_id,
        starts_s=seconds(last.starts_at),
        status=last.status,
        service_code=_newest_told([word.service_code for word in words]),
        number=number_of(_newest_told([word.item_id for word in words])),
        serial=_newest_told([word.serial for word in words]),
        said_s=seconds(last.occurred_at),
    )


def _newest_told(values: Sequence[str | None]) -> str | None:
    return next((value for value in reversed(values) if value is not None), None)


def surveys_of(events: Sequence[SurveyAnswer]) -> tuple[Surveyed, ...]:
    """Fold survey answers, given in the order of the fold: the newest answer and the newest score of each survey."""
    found: dict[str, Surveyed] = {}
    for event in events:
        before = found.pop(event.survey_id, None)  # taken out, so that it comes last
        at_s = seconds(event.occurred_at)
        score, scored_s = event.score, None if event.score is None else at_s
        if before is not None and score is None:
            score, scored_s = before.score, before.scored_s
        found[event.survey_id] = Surveyed(event.survey_id, at_s, score, scored_s)
    return newest(tuple(found.values()), MOST_SURVEYS)


def reviews_of(events: Sequence[Review], number_of: NumberOf) -> tuple[Reviewed, ...]:
    """Fold reviews, given in the order of the fold: the newest review and rating of each item that has a number."""
    found: dict[int, Reviewed] = {}
    for event in events:
        number = number_of(event.item_id)
        if number is None:
            continue
        before = found.pop(number, None)  # taken out, so that it comes last
        at_s = seconds(event.occurred_at)
        rating, rated_s = event.rating, None if event.rating is None else at_s
        if before is not None and rating is None:
            rating, rated_s = before.rating, before.rated_s
        found[number] = Reviewed(number, at_s, rating, rated_s)
    return newest(tuple(found.values()), MOST_REVIEWS)

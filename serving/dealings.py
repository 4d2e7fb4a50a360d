"""From the dealings of a customer's state to their forms on the wire: names for numbers, times for seconds."""

from datetime import UTC, date, datetime
from typing import Final

from recommender.customers import dealings as said
from recommender.customers.dealings import Dealings
from recommender.customers.overrides import not_replaced
from recommender.types import ItemNumber
from serving import dealing_wire as wire
from serving.cards import Cards

_FIRST_S: Final = int(datetime(1, 1, 1, tzinfo=UTC).timestamp())
_LAST_S: Final = int(datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp())


def dealings_answer(dealings: Dealings, cards: Cards, now: datetime) -> wire.DealingsAnswer:
    """Return everything but the purchases, newest first; of overrides those that no other one has replaced by now."""
    show = _Showing(cards)
    told = not_replaced(dealings.overrides, int(now.timestamp()))
    return wire.DealingsAnswer(
        units=[show.unit(one) for one in reversed(dealings.units)],
        gifts=[show.gift(one) for one in reversed(dealings.gifts)],
        deliveries=[show.delivery(one) for one in reversed(dealings.deliveries)],
        complaints=[show.complaint(one) for one in reversed(dealings.complaints)],
        questions=[show.question(one) for one in reversed(dealings.questions)],
        visits=[show.visit(one) for one in reversed(dealings.visits)],
        appointments=[show.appointment(one) for one in reversed(dealings.bookings)],
        surveys=[
            wire.SurveyScore(survey_id=one.survey_id, answered_at=moment(one.at_s), score=one.score)
            for one in reversed(dealings.surveys)
        ],
        reviews=[show.review(one) for one in reversed(dealings.reviews)],
        consents=[show.consent(one) for one in reversed(dealings.consents)],
        contacts=[show.contact(one) for one in reversed(dealings.contacts)],
        outcomes=[show.outcome(one) for one in reversed(dealings.outcomes)],
        given=[_given(one) for one in reversed(dealings.given)],
        occasions=[show.occasion(one) for one in reversed(dealings.special_days)],
        overrides=[show.override(one) for one in reversed(told)],
        preferences=dealings.preferences,
        attributes=dealings.attributes,
        time_zone=dealings.time_zone,
        language=dealings.language,
        last_seen_at=moment(dealings.last_seen_s) if dealings.last_seen_s else None,
    )


def moment(seconds: int) -> datetime:
    """Return the time that so many seconds since 1970 are; the nearest that can be shown of one outside the years 1 to 9999.

    Examples
    --------
    >>> moment(10**12).isoformat()
    '9999-12-31T23:59:59+00:00'
    """
    return datetime.fromtimestamp(min(max(seconds, _FIRST_S), _LAST_S), UTC)


def override_answer(one: said.StaffOverride, cards: Cards) -> wire.OverrideAnswer:
    """Return one override."""
    return _Showing(cards).override(one)


class _Showing:
    """One function per kind of dealing."""

    def __init__(self, cards: Cards) -> None:
        self._cards = cards

    def item(self, number: int) -> wire.NamedItem:
        card = self._cards.card(ItemNumber(number))
        return wire.NamedItem(item_id=card.item_id, name=card.name)

    def some_item(self, number: int | None) -> wire.NamedItem | None:
        return None if number is None else self.item(number)

    def unit(self, one: said.Unit) -> wire.UnitAnswer:
        return wire.UnitAnswer(
            item=self.item(one.number),
            order_id=one.order_id,
            bought_at=moment(one.bought_s),
            count=one.count,
            line_id=one.line_id,
            serial=one.serial,
            promised_since=None if one.promised_s is None else moment(one.promised_s),
        )

    def gift(self, one: said.Gift) -> wire.GiftAnswer:
        return wire.GiftAnswer(
            item=self.item(one.number), bought_at=moment(one.at_s), recipient=one.recipient
        )

    def delivery(self, one: said.Delivery) -> wire.DeliveryAnswer:
        return wire.DeliveryAnswer(
            order_id=one.order_id,
            delivered_at=moment(one.at_s),
            kept=[self.item(number) for number in one.numbers],
        )

    def complaint(self, one: said.Complaint) -> wire.ComplaintAnswer:
        return wire.ComplaintAnswer(
            complaint_id=one.complaint_id,
            opened_at=moment(one.opened_s),
            severity=one.severity,
            resolved_at=_some_moment(one.resolved_s),
            item=self.some_item(one.number),
            order_id=one.order_id,
        )

    def question(self, one: said.Asked) -> wire.QuestionAnswer:
        return wire.QuestionAnswer(
            event_id=one.event_id,
            asked_at=moment(one.at_s),
            item=self.some_item(one.number),
            order_id=one.order_id,
            topic=one.topic,
        )

    def visit(self, one: said.Visit) -> wire.VisitAnswer:
        return wire.VisitAnswer(
            service_code=one.service_code,
            visited_at=moment(one.at_s),
            item=self.some_item(one.number),
            serial=one.serial,
            order_id=one.order_id,
        )

    def appointment(self, one: said.Booking) -> wire.AppointmentAnswer:
        return wire.AppointmentAnswer(
            appointment_id=one.appointment_id,
            starts_at=moment(one.starts_s),
            status=one.status,
            said_at=moment(one.said_s),
            service_code=one.service_code,
            item=self.some_item(one.number),
            serial=one.serial,
        )

    def review(self, one: said.Reviewed) -> wire.ReviewAnswer:
        return wire.ReviewAnswer(item=self.item(one.number), reviewed_at=moment(one.at_s), rating=one.rating)

    def consent(self, one: said.Consent) -> wire.ConsentAnswer:
        return wire.ConsentAnswer(
            channel=one.channel,
            status=one.status,
            said_at=moment(one.at_s),
            source=one.source,
            event_id=one.event_id,
            topic=one.topic,
        )

    def contact(self, one: said.Contact) -> wire.ContactAnswer:
        return wire.ContactAnswer(
            channel=one.channel,
            status=one.status,
            at=moment(one.at_s),
            action=one.action,
            item=self.some_item(one.number),
            expires_at=_some_moment(one.expires_s),
            decision_id=one.decision_id,
            request_id=one.request_id,
            permanent=one.permanent,
            amount=one.amount,
            currency=one.currency,
        )

    def outcome(self, one: said.Outcome) -> wire.OutcomeAnswer:
        return wire.OutcomeAnswer(
            action=one.action,
            outcome=one.outcome,
            at=moment(one.at_s),
            item=self.some_item(one.number),
        )

    def occasion(self, one: said.SpecialDay) -> wire.OccasionAnswer:
        return wire.OccasionAnswer(
            kind=one.kind, on=date.fromisoformat(one.on), yearly=one.yearly, recipient=one.recipient
        )

    def override(self, one: said.StaffOverride) -> wire.OverrideAnswer:
        return wire.OverrideAnswer(
            kind=one.kind,
            author=one.author,
            reason=one.reason,
            said_at=moment(one.at_s),
            event_id=one.event_id,
            expires_at=_some_moment(one.expires_s),
            action=one.action,
            item=self.some_item(one.number),
            amount=one.amount,
            currency=one.currency,
        )


def _some_moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else moment(seconds)


def _given(one: said.Given) -> wire.GivenAnswer:
    return wire.GivenAnswer(
        amount=one.amount,
        at=moment(one.at_s),
        decision_id=one.decision_id,
        rank=one.rank,
        action=one.action,
        currency=one.currency,
    )

import itertools
from typing import Literal, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.contacts import consent_for
from recommender.contacts.consent import is_granted
from recommender.customers.dealings import Consent, Contact, Dealings
from recommender.playbook.model import Channel, ContactPolicy

Status: TypeAlias = Literal["subscribed", "unsubscribed", "never_subscribed", "pending"]
STATUSES: tuple[Status, ...] = ("subscribed", "unsubscribed", "never_subscribed", "pending")

EMAIL = Channel("email", "outbound")
STORE = Channel("store", "inbound")
ASKS = ContactPolicy()
ASSUMES = ContactPolicy(needs_consent=False)


def said(status: Status, at_s: int, topic: str | None = None, channel: str = "email") -> Consent:
    return Consent(channel, topic, status, at_s, "crm", f"{topic}-{at_s}")


def ask(*words: Consent, topic: str | None = None, policy: ContactPolicy = ASKS) -> bool:
    return consent_for(Dealings(consents=words), EMAIL, topic, policy).ok


@pytest.mark.parametrize("status", STATUSES)
def test_only_subscribed_lets_a_message_out_where_consent_is_needed(status: Status) -> None:
    assert ask(said(status, 1)) is (status == "subscribed")
    assert ask(said(status, 1, "care"), topic="care") is (status == "subscribed")


@pytest.mark.parametrize("status", STATUSES)
def test_only_unsubscribed_stops_it_where_it_is_not(status: Status) -> None:
    assert ask(said(status, 1), policy=ASSUMES) is (status != "unsubscribed")
    assert ask(said(status, 1, "care"), topic="care", policy=ASSUMES) is (status != "unsubscribed")


def test_silence_is_a_no_where_consent_is_needed_and_a_yes_elsewhere() -> None:
    silent = consent_for(Dealings(), EMAIL, None, ASKS)
    assert (silent.ok, silent.code, silent.because) == (False, "no_consent", "never said yes to email")
    assert silent.evidence is None
    assert ask(policy=ASSUMES)


def test_leaving_the_channel_stops_every_topic_until_the_topic_is_subscribed_again() -> None:
    left = said("unsubscribed", 20)
    assert not ask(said("subscribed", 10, "care"), left, topic="care")
    assert not ask(said("subscribed", 10, "care"), left, topic="care", policy=ASSUMES)
    assert ask(left, said("subscribed", 30, "care"), topic="care")
    assert not ask(left, said("subscribed", 30, "care"), topic="news")
    assert not ask(left, said("subscribed", 30, "care"))


def test_a_topic_that_was_refused_stays_refused_when_the_channel_is_subscribed_later() -> None:
    words = (said("unsubscribed", 10, "news"), said("subscribed", 20))
    assert not ask(*words, topic="news")
    assert ask(*words, topic="care")
    assert ask(*words)
    assert ask(*words, said("subscribed", 30, "news"), topic="news")


def test_at_equal_times_the_more_restrictive_word_holds() -> None:
    for first, second in itertools.permutations((said("unsubscribed", 5), said("subscribed", 5))):
        assert not ask(first, second)
    assert not ask(said("unsubscribed", 5), said("subscribed", 5, "care"), topic="care")


def test_a_word_about_another_channel_says_nothing() -> None:
    assert not ask(said("subscribed", 1, channel="sms"))
    assert ask(said("unsubscribed", 1, channel="sms"), said("subscribed", 1))


def test_an_inbound_channel_asks_nothing() -> None:
    left = Dealings(consents=(said("unsubscribed", 1, channel="store"),))
    assert consent_for(left, STORE, None, ASKS).ok


def test_the_answer_names_the_event_that_decided() -> None:
    words = Dealings(consents=(said("subscribed", 10, "care"), said("unsubscribed", 20)))
    stopped = consent_for(words, EMAIL, "care", ASKS)
    assert (stopped.because, stopped.evidence) == ("unsubscribed from email", "crm/None-20")
    allowed = consent_for(Dealings(consents=words.consents[:1]), EMAIL, "care", ASKS)
    assert (allowed.because, allowed.evidence) == ("subscribed to care on email", "crm/care-10")


def contact(at_s: int, channel: str = "email", permanent: bool = True) -> Contact:
    return Contact(channel, "news", None, "bounced", at_s, None, None, None, permanent=permanent)


def test_a_permanent_bounce_closes_the_channel_until_the_customer_subscribes_again() -> None:
    yes = said("subscribed", 10)
    closed = consent_for(Dealings(consents=(yes,), contacts=(contact(20),)), EMAIL, None, ASKS)
    assert (closed.ok, closed.code) == (False, "channel_closed")
    for other in (contact(20, permanent=False), contact(20, channel="sms"), contact(9)):
        assert consent_for(Dealings(consents=(yes,), contacts=(other,)), EMAIL, None, ASKS).ok
    again = Dealings(consents=(yes, said("subscribed", 21)), contacts=(contact(20),))
    assert consent_for(again, EMAIL, None, ASKS).ok


WORDS = st.lists(
    st.builds(said, st.sampled_from(STATUSES), st.integers(0, 5), st.sampled_from([None, "care", "news"])),
    max_size=6,
)


@given(words=WORDS, topic=st.sampled_from([None, "care"]), policy=st.sampled_from([ASKS, ASSUMES]))
def test_consent_depends_on_no_order_and_a_no_at_the_end_always_stops(
    words: list[Consent], topic: str | None, policy: ContactPolicy
) -> None:
    answer = ask(*words, topic=topic, policy=policy)
    assert ask(*reversed(words), topic=topic, policy=policy) is answer
    assert not ask(*words, said("unsubscribed", 9), topic=topic, policy=policy)
    assert ask(*words, said("subscribed", 9), said("subscribed", 10, "care"), topic="care", policy=policy)


@given(words=WORDS, topic=st.sampled_from([None, "care"]))
def test_what_needs_consent_never_allows_more_than_what_does_not(
    words: list[Consent], topic: str | None
) -> None:
    assert ask(*words, topic=topic) <= ask(*words, topic=topic, policy=ASSUMES)


def test_who_subscribed_before_the_mail_came_back_has_not_opened_the_channel_again() -> None:
    mail = Contact("email", "care", None, "bounced", 10, None, "d", "r", permanent=True, bounced_s=30)
    between, after = said("subscribed", 20), said("subscribed", 40)
    assert not consent_for(Dealings(contacts=(mail,), consents=(between,)), EMAIL, None, ASKS).ok
    assert consent_for(Dealings(contacts=(mail,), consents=(after,)), EMAIL, None, ASKS).ok


CONTACTS = st.lists(
    st.builds(
        lambda at_s, is_permanent: Contact(
            "email", "care", None, "bounced", at_s, None, "d", "r", permanent=is_permanent
        ),
        st.integers(0, 5),
        st.booleans(),
    ),
    max_size=2,
)


MOSTLY_YES = st.lists(
    st.builds(
        said,
        st.sampled_from(["subscribed", "subscribed", "subscribed", "pending"]),
        st.integers(0, 5),
        st.sampled_from([None, "care"]),
    ),
    min_size=1,
    max_size=3,
)


@given(words=MOSTLY_YES, contacts=CONTACTS, topic=st.sampled_from([None, "care"]))
def test_what_a_quick_look_grants_is_consented_to(
    words: list[Consent], contacts: list[Contact], topic: str | None
) -> None:
    dealings = Dealings(consents=tuple(words), contacts=tuple(contacts))
    if is_granted(dealings, EMAIL, topic):
        assert all(consent_for(dealings, EMAIL, topic, policy).ok for policy in (ASKS, ASSUMES))


def test_a_quick_look_grants_what_was_only_ever_said_yes_to() -> None:
    yes, topic = said("subscribed", 1), said("subscribed", 2, "care")
    assert is_granted(Dealings(consents=(yes,)), EMAIL, "care")
    assert is_granted(Dealings(consents=(topic,)), EMAIL, "care")
    assert not is_granted(Dealings(consents=(topic,)), EMAIL, None)

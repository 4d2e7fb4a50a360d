"""``POST /v1/unsubscribe/{token}``: what a mail program sends when somebody presses its button; and the page for those without."""

import asyncio
import os
from collections.abc import Iterable
from typing import Final

from recommender.contacts.consent import newest_word
from recommender.contacts.unsubscribing import PURPOSE, Leaving, leaving_of
from recommender.customers.dealings import Consent
from recommender.engine.decision_ids import RANDOM_BYTES, new_decision_id
from recommender.events.vocabulary import ConsentChange
from serving.answers import HTML, Answer, json_answer
from serving.call import Call
from serving.consent_wire import UnsubscribedAnswer
from serving.consents import heard_at
from serving.unsubscribing import MAX_BODY_BYTES, check_one_click

SOURCE: Final = "list-unsubscribe"
_POLICY: Final = (
    b"content-security-policy",
    b"default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
)
_PAGE: Final = b"""<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex"><title>Unsubscribe</title>
<style>body{font:1.1rem system-ui;margin:15vh auto;max-width:24rem;padding:0 1rem;text-align:center}button{font:inherit;padding:.6rem 1.4rem}</style>
<p>Stop these messages?</p>
<form method="post"><input type="hidden" name="List-Unsubscribe" value="One-Click"><button>Unsubscribe</button></form>
"""


async def get_unsubscribe(call: Call) -> Answer:
    """Ask once more: programs that look at every link of a mail must not unsubscribe anybody."""
    call.query()
    _leaving(call)
    return Answer(_PAGE, 200, (*HTML, _POLICY, (b"referrer-policy", b"no-referrer")))


async def post_unsubscribe(call: Call) -> Answer:
    """Unsubscribe, durably; again it changes nothing."""
    call.query()
    leaving = _leaving(call)
    check_one_click(*await call.form(MAX_BODY_BYTES))
    engine = call.services.engine
    state = await engine.read_state(leaving.customer_id)
    if not _has_left(state.dealings.consents, leaving):
        event = await asyncio.to_thread(_event, call, leaving)
        await engine.append_async([event])
    return json_answer(UnsubscribedAnswer(channel=leaving.channel, topic=leaving.topic))


def _leaving(call: Call) -> Leaving:
    return leaving_of(call.path["token"], call.services.engine.log.key_for(PURPOSE))


def _has_left(words: Iterable[Consent], leaving: Leaving) -> bool:
    """Whether to leave again would change nothing; who left the channel may have asked for a topic since."""
    words = tuple(words)
    known = newest_word(words, leaving.channel, leaving.topic)
    if known is None or known.status != "unsubscribed":
        return False
    return leaving.topic is not None or not any(
        word.channel == leaving.channel and word.status == "subscribed" and word.at_s > known.at_s
        for word in words
    )


def _event(call: Call, leaving: Leaving) -> ConsentChange:
    now = call.services.clock()
    return ConsentChange(
        source=SOURCE,
        event_id=new_decision_id(int(now.timestamp() * 1e6), os.urandom(RANDOM_BYTES)),
        occurred_at=heard_at(call.services.engine, leaving.customer_id, leaving.channel, now),
        customer_id=leaving.customer_id,
        channel=leaving.channel,
        consent_channel=leaving.channel,
        status="unsubscribed",
        topic=leaving.topic,
        evidence="one-click unsubscribe (RFC 8058)",
    )

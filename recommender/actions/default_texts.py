"""What each kind says where the playbook leaves its text out; every sentence does without the words that are missing.

Examples
--------
>>> service_reminder({"item": "Ring Aurora", "service": "Inspection", "date": "2025-06-01",
...                   "bought": "2024-12-01", "last_seen": "never", "consequence": "the warranty"})
'Inspection of Ring Aurora is due on 2025-06-01: bought on 2024-12-01, not seen since. At stake: the warranty.'
"""

from collections.abc import Mapping

Words = Mapping[str, str]


def product_offer(words: Words) -> str:
    """Name the item."""
    return f"You may like {_item(words, 'this')}."


def buy_again(words: Words) -> str:
    """Name what may be running out."""
    return f"Time for more {_item(words, 'of it')}?"


def do_nothing(words: Words) -> str:  # noqa: ARG001  # one signature for all
    """Say nothing."""
    return ""


def service_reminder(words: Words) -> str:
    """Name the unit, when it was bought, when it was last seen and what lapses."""
    seen = words.get("last_seen", "never")
    history = f"bought on {words['bought']}, " if words.get("bought") else ""
    history += "not seen since" if seen == "never" else f"last seen on {seen}"
    unit = _item(words, "your purchase") + (f" (serial {words['serial']})" if words.get("serial") else "")
    sentence = f"{words.get('service', 'Service')} of {unit} is due{_on(words)}: {history}."
    if words.get("consequence"):
        sentence += f" At stake: {words['consequence'].rstrip('.')}."
    return sentence


def appointment(words: Words) -> str:
    """Name the visit and its time."""
    what = words.get("service") or "Your visit"
    at = f" at {words['time']}" if words.get("time") else ""
    about = f" for {words['item']}" if words.get("item") else ""
    return f"{what}{about}: we expect you{_on(words)}{at}."


def thank_you(words: Words) -> str:
    """Name the goods, and how to care for them."""
    sentence = f"Thank you for buying {_item(words, 'from us')}."
    return f"{sentence} {words['care']}" if words.get("care") else sentence


def review_request(words: Words) -> str:
    """Ask what the customer thinks."""
    return f"What do you think of {_item(words, 'your purchase')}? Your review helps others."


def survey(words: Words) -> str:
    """Ask how it went, in free words too."""
    return f"How was your {words.get('after', 'purchase')}{_on(words)}? Tell us in your own words."


def apology(words: Words) -> str:
    """Say sorry, and what is given to make up for it."""
    about = f" about {words['item']}" if words.get("item") else ""
    sentence = f"We are sorry for the trouble{about}."
    return f"{sentence} Please accept {words['amount']}." if words.get("amount") else sentence


def follow_up(words: Words) -> str:
    """Ask whether the question was answered."""
    about = f" about {words['item']}" if words.get("item") else ""
    return f"You asked us a question{about}{_on(words)}. Did we answer it?"


def win_back(words: Words) -> str:
    """Say that the customer is missed."""
    return f"It has been a while since your last order{_on(words)}. Is there anything we can do for you?"


def occasion(words: Words) -> str:
    """Name the day."""
    whose = f" for {words['recipient']}" if words.get("recipient") else ""
    return (
        f"{words.get('occasion', 'A special day').capitalize()}{whose}{_on(words)}: may we help you prepare?"
    )


def easy_return(words: Words) -> str:
    """Say that it may go back, and until when."""
    until = f" until {words['until']}" if words.get("until") else ""
    return f"Not happy with {_item(words, 'your purchase')}? You can easily give it back{until}."


def _item(words: Words, otherwise: str) -> str:
    return words.get("item") or otherwise


def _on(words: Words) -> str:
    return f" on {words['date']}" if words.get("date") else ""

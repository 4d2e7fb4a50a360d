"""What the customer reads: the action's own text, or the kind's.

A text is filled word by word and nothing in it is run. Where a text asks for a word that this customer's case does not
have (an order number that nobody knows), the kind's own sentence is said instead: never one with a hole.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from recommender.actions import default_texts as own
from recommender.actions.late_mapping import LateMapping
from recommender.playbook.kinds import ActionKind
from recommender.playbook.model import Action
from recommender.playbook.placeholders import placeholders_of, template_parts

__all__ = ["Wording", "placeholders_of", "wording_of"]

Words = Mapping[str, str]

_OWN_WORDS: Final[Mapping[ActionKind, Callable[[Words], str]]] = {
    ActionKind.PRODUCT_OFFER: own.product_offer,
    ActionKind.BUY_AGAIN: own.buy_again,
    ActionKind.DO_NOTHING: own.do_nothing,
    ActionKind.SERVICE_REMINDER: own.service_reminder,
    ActionKind.APPOINTMENT: own.appointment,
    ActionKind.THANK_YOU: own.thank_you,
    ActionKind.REVIEW_REQUEST: own.review_request,
    ActionKind.SURVEY: own.survey,
    ActionKind.APOLOGY: own.apology,
    ActionKind.FOLLOW_UP: own.follow_up,
    ActionKind.WIN_BACK: own.win_back,
    ActionKind.OCCASION: own.occasion,
    ActionKind.EASY_RETURN: own.easy_return,
}


@dataclass(frozen=True, slots=True)
class Wording:
    """The text of one action, split once."""

    kind: ActionKind
    parts: tuple[tuple[str, bool], ...]

    def say(self, words: Words) -> str:
        """Return the sentence for one case.

        Examples
        --------
        >>> thanks = wording_of(Action("t", ActionKind.THANK_YOU, text="Thank you for {item} (order {order})."))
        >>> thanks.say({"item": "the ring", "order": "1042"})
        'Thank you for the ring (order 1042).'
        >>> thanks.say({"item": "the ring"})
        'Thank you for buying the ring.'
        """
        if isinstance(words, LateMapping):
            words = words.read()
        if self.parts and all(words.get(piece) for piece, is_name in self.parts if is_name):
            return "".join(words[piece] if is_name else piece for piece, is_name in self.parts)
        return _OWN_WORDS[self.kind](words)


def wording_of(action: Action) -> Wording:
    """Split the text of an action; a text whose braces do not fit is said as it stands, the reader refuses it before."""
    try:
        return Wording(action.kind, template_parts(action.text))
    except ValueError:
        return Wording(action.kind, ((action.text, False),))

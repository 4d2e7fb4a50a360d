"""What the customer reads, and what a text may ask for."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.actions.default_texts import service_reminder
from recommender.actions.wording import wording_of
from recommender.playbook.kinds import ActionKind
from recommender.playbook.model import Action
from recommender.playbook.placeholders import placeholders_of, template_parts, unknown_placeholders


def say(text: str, words: dict[str, str], kind: ActionKind = ActionKind.THANK_YOU) -> str:
    return wording_of(Action("a", kind, text=text)).say(words)


def test_a_text_is_filled_word_by_word() -> None:
    assert (
        say("{item} from {order}: {{care}} {item}", {"item": "Ring", "order": "7"})
        == "Ring from 7: {care} Ring"
    )


def test_what_a_word_holds_is_never_read_as_a_text() -> None:
    assert say("For {item}", {"item": "{order} {0.__class__}", "order": "7"}) == "For {order} {0.__class__}"


def test_a_text_that_lacks_a_word_gives_way_to_the_kinds_own() -> None:
    assert say("Order {order} is here", {"item": "Ring"}) == "Thank you for buying Ring."
    assert say("", {"item": "Ring"}) == "Thank you for buying Ring."


@pytest.mark.parametrize("kind", list(ActionKind))
def test_every_kind_has_words_of_its_own_whatever_is_missing(kind: ActionKind) -> None:
    words = {name: f"<{name}>" for name in placeholders_of(kind)}
    assert bool(say("", words, kind)) == (kind is not ActionKind.DO_NOTHING)
    for name in words:
        without = say("", {one: word for one, word in words.items() if one != name}, kind)
        assert f"<{name}>" not in without
        assert "  " not in without
    assert bool(say("", {}, kind)) == (kind is not ActionKind.DO_NOTHING)


@pytest.mark.parametrize("kind", list(ActionKind))
def test_every_placeholder_of_a_kind_can_be_written(kind: ActionKind) -> None:
    for name in placeholders_of(kind):
        assert say(f"[{{{name}}}]", {name: "word"}, kind) == "[word]"
        assert unknown_placeholders(kind, f"{{{name}}}") == ()


def test_a_name_that_the_kind_does_not_have_is_found() -> None:
    text = "{item} {shoe_size} {shoe_size} {until}"
    assert unknown_placeholders(ActionKind.THANK_YOU, text) == ("shoe_size", "until")


@pytest.mark.parametrize(
    ("text", "place"),
    [("{item.__class__}", 1), ("ab {0}", 4), ("a}", 2), ("{}", 1), ("{item!r}", 1), ("{ITEM}", 1)],
)
def test_a_brace_that_stands_alone_is_refused_with_its_place(text: str, place: int) -> None:
    with pytest.raises(ValueError, match=rf"character {place} stands alone"):
        template_parts(text)


@given(st.text(alphabet=string.ascii_letters + "{} .", max_size=40))
def test_a_text_that_is_read_says_what_it_says(text: str) -> None:
    doubled = text.replace("{", "{{").replace("}", "}}")
    assert "".join(piece for piece, _ in template_parts(doubled)) == text


def test_a_service_reminder_names_the_unit_its_history_and_what_lapses() -> None:
    words = {
        "service": "Inspection",
        "item": "Ring Aurora",
        "serial": "S-17",
        "date": "2025-06-01",
        "bought": "2024-06-01",
        "last_seen": "2024-12-03",
        "consequence": "your lifetime warranty",
    }
    assert service_reminder(words) == (
        "Inspection of Ring Aurora (serial S-17) is due on 2025-06-01: bought on 2024-06-01, "
        "last seen on 2024-12-03. At stake: your lifetime warranty."
    )

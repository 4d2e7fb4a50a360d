"""What staff types finds what somebody else wrote down, and nobody else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.customers.calling import CallKind, asked_for, called_of
from recommender.events.personal import PersonalData


def fits(kind: CallKind, typed: str, written: str) -> bool:
    asked = asked_for(kind, typed)
    assert asked is not None
    return asked.fits(PersonalData(**{kind: written}))


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("müller", "Zoë MÜLLER"),
        ("mueller", "Zoë Müller"),
        ("muller zoe", "Zoë Müller"),
        ("Müller", "Mueller"),
        ("lüden", "Müller-Lüdenscheidt"),
        ("STRASSE", "Straße"),
        ("joergensen", "Jørgensen"),
        ("lukasz", "Łukasz"),
        ("mu\u0308ller", "Müller"),
        ("obrien", "O\u2019Brien"),
        ("o'brien", "OBrien"),
        ("山", "山田 太郎"),
        ("\uff21\uff24\uff21", "Ada"),
        ("ivan", "İvan"),
        ("  ada,  lovelace ", "Lovelace, Ada"),
    ],
)
def test_a_name_is_found_however_it_is_spelled(typed: str, written: str) -> None:
    assert fits("name", typed, written)


@pytest.mark.parametrize(
    ("typed", "written"),
    [("ada byron", "Ada Lovelace"), ("lace", "Lovelace"), ("lovelaces", "Lovelace"), ("ada ada b", "Ada")],
)
def test_another_name_is_not(typed: str, written: str) -> None:
    assert not fits("name", typed, written)


@pytest.mark.parametrize(
    ("typed", "is_found"),
    [
        ("+49 (0)30 1234-567", True),
        ("030 1234567", True),
        ("0049301234567", True),
        ("(030) 123 45 67", True),
        ("\uff10\uff13\uff10 1234567", True),
        ("34567", True),
        ("030 1234568", False),
        ("+1 30 1234567", False),
        ("301234", False),
    ],
)
def test_a_phone_is_found_with_and_without_the_code_of_the_country(typed: str, is_found: bool) -> None:
    assert fits("phone", typed, "+49 30 1234567") is is_found


def test_a_phone_that_was_written_down_without_the_code_is_found_with_it() -> None:
    assert fits("phone", "+49 30 1234567", "030/1234567")
    assert fits("phone", "+353 1 234 5678", "01 234 5678")
    assert not fits("phone", "+49 30 1234567", "34567")


def test_an_address_is_compared_whole_and_without_case() -> None:
    assert fits("email", " ADA@Example.org ", "ada@example.ORG")
    assert not fits("email", "ada", "ada@example.org")
    assert not fits("email", "ada@example.org", "bada@example.org")


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        ("name", ""),
        ("name", " -,. "),
        ("email", " "),
        ("phone", ""),
        ("phone", "call me"),
        ("phone", "0012 34"),
    ],
)
def test_nothing_to_look_for_is_said(kind: CallKind, typed: str) -> None:
    assert asked_for(kind, typed) is None


def test_who_told_nothing_is_called_nothing() -> None:
    assert called_of(PersonalData()) == called_of(PersonalData(name="", email=" ", phone="-")) == frozenset()


@given(kind=st.sampled_from(["name", "email", "phone"]), written=st.text(max_size=40))
def test_whoever_can_be_found_is_found_by_what_was_written(kind: CallKind, written: str) -> None:
    asked = asked_for(kind, written)
    assert asked is None or asked.fits(PersonalData(**{kind: written}))


@given(
    words=st.lists(st.text("aäöüßøéŁİ\u03c3'", min_size=1, max_size=6), min_size=1, max_size=5),
    data=st.data(),
)
def test_the_order_of_words_and_their_case_are_nothing(words: list[str], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(words))
    asked = asked_for("name", " ".join(shuffled).upper())
    assert asked is None or asked.fits(PersonalData(name=" ".join(words)))

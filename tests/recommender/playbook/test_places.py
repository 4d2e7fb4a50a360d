"""Where things stand in a file, and keys that its reader is kept from."""

import time
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.errors import PlaybookError
from recommender.playbook.document.deep_keys import MOST_PARTS, deep_key_of
from recommender.playbook.document.literals import Literal
from recommender.playbook.document.places import Lines, Place
from recommender.playbook.reading import read_playbook
from tests.recommender.playbook.small import CHANNELS, HEAD, action

QUOTES = ['"', "'", '"""', "'''"]
WRITTEN = st.lists(
    st.sampled_from(
        [
            "a",
            ".",
            "a.b.",
            " ",
            "ä",
            "😀",
            "#",
            "=",
            '"',
            "'",
            '""',
            "''",
            "\\\\",
            '\\"',
            "\\n",
            "\\t",
            "\\u00e9",
            "\\U0001F600",
            "\\u000A",
            "\n",
            "\r\n",
            "\t",
            "\\\n",
            "\\  \r\n \n  ",
        ]
    ),
    max_size=30,
).map("".join)
DEEP = b"a." * MOST_PARTS + b"a = 1"


def meant(literal: str) -> str | None:
    """Return what a text means; None where it is none, or ends before a comment."""
    try:
        (value,) = tomllib.loads(f"x = [{literal}]")["x"]
    except tomllib.TOMLDecodeError:
        return None
    return str(value)


@st.composite
def literals(draw: st.DrawFn) -> str:
    quote = draw(st.sampled_from(QUOTES))
    literal = f"{quote}{draw(WRITTEN)}{quote}"
    return literal if meant(literal) is not None else f"{quote}{quote}"


@given(literals())
def test_every_character_of_a_text_is_found_where_it_is_written(literal: str) -> None:
    value = meant(literal) or ""
    rows = literal.split("\n")
    found: list[tuple[int, int]] = []
    for offset, character in enumerate(value + "\0"):
        before = value[:offset]
        place = Literal(literal, Place(1, 1)).place_of(
            before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1
        )
        rest = rows[place.line - 1][place.column - 1 :]
        assert rest.startswith({"\n": ("\\", "\r"), "\0": ('"', "'")}.get(character, (character, "\\"))) or (
            not rest and character == "\n"
        )
        found.append((place.line, place.column))
    assert found == sorted(set(found)), "one after the other"


@given(st.text(alphabet="a\nä😀\r", max_size=30))
def test_a_place_counts_lines_and_characters(text: str) -> None:
    lines = Lines.of(text.encode())
    for offset in range(len(text) + 1):
        before = text[:offset]
        expected = Place(before.count("\n") + 1, len(before) - before.rfind("\n"))
        assert lines.at(len(before.encode())) == expected


@given(st.lists(literals() | WRITTEN.map(lambda text: "#" + text.replace("\n", "").replace("\r", ""))))
def test_a_deep_key_is_found_behind_any_text_and_comment_and_nothing_else_is(parts: list[str]) -> None:
    lines = [f"x{at} = {part}" if part[0] != "#" else part for at, part in enumerate(parts)]
    above = "".join(f"{line}\n" for line in lines).encode()
    assert deep_key_of(above) is None
    assert deep_key_of(above + DEEP) == len(above)
    inline = f"x = [{''.join(part + ', ' for part in parts if part[0] != '#')}{{ ".encode()
    assert deep_key_of(inline + DEEP + b" }]") == len(inline)


@pytest.mark.parametrize(
    ("before", "part", "after"),
    [
        ("", "a.", "a = 1"),
        ("[", "a . ", "a]"),
        ("[[", "'a.b'\t.", "a]]"),
        ("", '"a\\".b".', "a = 1"),
        ("x = { ", "a.", "a = 1 }"),
    ],
)
def test_a_key_of_fifty_parts_is_read_and_one_of_more_is_not(before: str, part: str, after: str) -> None:
    for parts, is_refused in ((MOST_PARTS - 1, False), (MOST_PARTS, True)):
        with pytest.raises(PlaybookError) as caught:
            read_playbook(before + part * parts + after)
        assert ("a key has too many parts" in str(caught.value)) is is_refused


@pytest.mark.parametrize(
    "piece",
    [
        "a.",
        "a . ",
        '"a".',
        '"',
        "'",
        '"""',
        "'''",
        '"\\',
        '"""\\',
        '"\\"',
        "#",
        "#\n",
        "\t",
        "a\t",
        '"""a""""',
        "a." * MOST_PARTS + " \n",
        "a.'b\n",
        '"\n',
    ],
)
def test_hostile_files_are_searched_in_no_time(piece: str) -> None:
    source = (piece * (1_000_000 // len(piece))).encode()
    began = time.perf_counter()
    deep_key_of(source)
    assert time.perf_counter() - began < 5, "a tenth of a second in truth; by its square it would be hours"


@pytest.mark.parametrize(
    "words",
    ["# " + "word. " * 60, 'text = "' + "word. " * 60 + '"', "text = '''\n" + "word.\n" * 60 + "'''"],
)
def test_long_comments_and_texts_are_no_keys(words: str) -> None:
    (read,) = read_playbook(action(f"value = 1\n{words}")).actions
    assert read.id == "it"


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ('"hour > 1 and oder > 1"', (14, 26)),
        ('"""\nhour > 1\n  and oder > 1\n"""', (16, 7)),
        ('"""\\\n  hour > 1 \\\n\n  and oder > 1"""', (17, 7)),
        ('"""hour > 1 \\\n  and oder > 1"""', (15, 7)),
        ("'''hour > 1\r\nand oder > 1'''", (15, 5)),
        ('"attribute(\\"ä\\") == \\"\\u00e4\\" and oder > 1"', (14, 48)),
        ('"hour > 1\\nand oder > 1"', (14, 27)),
    ],
)
def test_a_mistake_in_a_condition_is_told_where_it_is_written(written: str, place: tuple[int, int]) -> None:
    with pytest.raises(PlaybookError) as caught:
        read_playbook(action(f"value = 1\naudience = {written}"))
    (problem,) = caught.value.problems
    assert (problem.line, problem.column) == place
    rows = action(f"value = 1\naudience = {written}").split("\n")
    assert rows[problem.line - 1][problem.column - 1 :].startswith("oder")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (action('value = 1\ntopic = "ä"\ncontext = [{ when = "\'ä\' == oder", factor = 1 }]'), (15, 29)),
        (HEAD + CHANNELS + "x = { 'ä' = 1, \"😀\" = [3, 9223372036854775808] }", (8, 26)),
        (HEAD + 'colours = ["ä", 99999999999999999999]', (4, 17)),
        (HEAD + 'colours = ["ä", ' + "9" * 5_000 + "]", (4, 17)),
        (HEAD + 'colours = ["ä", = ]', (4, 17)),
        (HEAD.encode() + b'colours = ["\xc3\xa4", \xff]', (4, 17)),
        (HEAD + "colours = ['ä', { " + "a." * 60 + "a = 1 }]", (4, 19)),
    ],
)
def test_columns_count_characters_in_every_message(text: str | bytes, place: tuple[int, int]) -> None:
    with pytest.raises(PlaybookError) as caught:
        read_playbook(text)
    assert place in {(problem.line, problem.column) for problem in caught.value.problems}

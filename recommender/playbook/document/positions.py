"""Where every setting of a TOML file stands. Python's own reader gives the values, tree-sitter's grammar the places."""

import functools
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from tree_sitter import Language, Node, Parser

from recommender.playbook.document.literals import Literal
from recommender.playbook.document.places import Lines, Place

Path: TypeAlias = tuple[str | int, ...]
"""Keys and positions in lists, from the root."""


@dataclass(frozen=True, slots=True)
class Positions:
    """Places by path.

    Attributes
    ----------
    keys
        Of the key, the header or the list's element.
    texts
        Texts as they are written.
    """

    keys: dict[Path, Place] = field(default_factory=dict)
    texts: dict[Path, Literal] = field(default_factory=dict)

    def of(self, path: Path) -> Place:
        r"""Return the place of a setting; of the nearest table around it where it is not written.

        Examples
        --------
        >>> places = positions_of(b"[a]\nb = 1")
        >>> places.of(("a", "b")), places.of(("a", "missing"))
        (Place(line=2, column=1), Place(line=1, column=1))
        """
        return next(
            (self.keys[path[:end]] for end in range(len(path), 0, -1) if path[:end] in self.keys), Place(1, 1)
        )


def positions_of(source: bytes) -> Positions:
    r"""Return the places of a file that Python's reader accepts.

    Examples
    --------
    >>> places = positions_of(b'[[a]]\n[[a]]\nb = ["x",\n  "y"]')
    >>> places.keys["a", 1], places.keys["a", 1, "b", 1]
    (Place(line=2, column=1), Place(line=4, column=3))
    """
    reading = _Reading(Lines.of(source))
    for node in _parser().parse(source).root_node.named_children:
        if node.type == "pair":
            reading.add_pair(Path(), node)
        elif node.type in {"table", "table_array_element"}:
            table = reading.open_table(node)
            for pair in node.named_children:
                if pair.type == "pair":
                    reading.add_pair(table, pair)
    return reading.found


@dataclass(frozen=True, slots=True)
class Header:
    """A line such as ``[levers]``, or ``[[actions]]`` of a list of tables."""

    path: tuple[str, ...]
    place: Place
    is_of_list: bool


def headers_of(source: bytes) -> list[Header]:
    r"""Return the headers of a file in their order, also of one that Python's reader refuses.

    Examples
    --------
    >>> [(header.path, header.is_of_list) for header in headers_of(b"[a]\n[[a.b]]\n[a")]
    [(('a',), False), (('a', 'b'), True)]
    """
    lines = Lines.of(source)
    return [
        Header(tuple(_keys(node.named_children[0])), lines.at(node.start_byte), node.type != "table")
        for node in _parser().parse(source).root_node.named_children
        if node.type in {"table", "table_array_element"}
    ]


def long_integer_of(source: bytes, digits: int) -> Place | None:
    r"""Return the place of the first integer of more than so many characters; None where there is none.

    Examples
    --------
    >>> long_integer_of(b"a = 100\nb = '1000' # 1000\nc = [1000]", 3)
    Place(line=3, column=6)
    """
    ahead = [_parser().parse(source).root_node]
    while ahead:
        node = ahead.pop()
        if node.type == "integer" and node.end_byte - node.start_byte > digits:
            return Lines.of(source).at(node.start_byte)
        ahead.extend(reversed(node.named_children))
    return None


@functools.cache
def _parser() -> Parser:
    import tree_sitter_toml

    return Parser(Language(tree_sitter_toml.language()))


class _Reading:
    """What was found on the way through a file."""

    def __init__(self, lines: Lines) -> None:
        self.found = Positions()
        self._lines = lines
        self._counts: dict[Path, int] = {}

    def open_table(self, node: Node) -> Path:
        """Return the path of a header; a list of tables on its way means the last of them."""
        path, counts, place = Path(), self._counts, self._place(node)
        keys = list(_keys(node.named_children[0]))
        for position, key in enumerate(keys):
            path = (*path, key)
            self.found.keys.setdefault(path, place)
            if node.type == "table_array_element" and position == len(keys) - 1:
                counts[path] = counts.get(path, 0) + 1
            if path in counts:
                path = (*path, counts[path] - 1)
                self.found.keys.setdefault(path, place)
        return path

    def add_pair(self, table: Path, pair: Node) -> None:
        ahead = [(table, pair)]
        while ahead:
            path, node = ahead.pop()
            if node.type == "pair":
                key, value = node.named_children[0], node.named_children[-1]
                for part in _keys(key):
                    path = (*path, part)
                    self.found.keys.setdefault(path, self._place(node))
                ahead.append((path, value))
            elif node.type in {"array", "inline_table"}:
                ahead.extend(self._inside(path, node))
            elif node.type == "string":
                self.found.texts[path] = Literal((node.text or b"").decode(), self._place(node))

    def _inside(self, path: Path, node: Node) -> Iterator[tuple[Path, Node]]:
        children = [child for child in node.named_children if child.type != "comment"]
        if node.type == "inline_table":
            yield from ((path, child) for child in children)
            return
        for position, child in enumerate(children):
            self.found.keys[(*path, position)] = self._place(child)
            yield (*path, position), child

    def _place(self, node: Node) -> Place:
        return self._lines.at(node.start_byte)


def _keys(node: Node) -> Iterator[str]:
    """Yield the parts of a key, however deeply the grammar nests its dots."""
    ahead = [node]
    while ahead:
        one = ahead.pop()
        if one.type == "dotted_key":
            ahead.extend(reversed(one.named_children))
        else:
            yield _plain_key((one.text or b"").decode())


def _plain_key(written: str) -> str:
    return next(iter(tomllib.loads(f"{written} = 0"))) if written[:1] in {'"', "'"} else written

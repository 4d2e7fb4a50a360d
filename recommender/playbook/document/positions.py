"""Where every setting of a TOML file stands. Python's own reader gives the values, tree-sitter's grammar the places."""

import functools
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from tree_sitter import Language, Node, Parser

Path: TypeAlias = tuple[str | int, ...]
"""Keys and positions in lists, from the root."""


@dataclass(frozen=True, slots=True)
class Place:
    """Line and column, both from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Positions:
    """Places by path.

    Attributes
    ----------
    keys
        Of the key, the header or the list's element.
    texts
        Of the first character within the quotes of a text.
    """

    keys: dict[Path, Place] = field(default_factory=dict)
    texts: dict[Path, Place] = field(default_factory=dict)

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
    found, counts, table = Positions(), dict[Path, int](), Path()
    for node in _parser().parse(source).root_node.named_children:
        if node.type == "pair":
            _add_pair(found, Path(), node)
        elif node.type in {"table", "table_array_element"}:
            table = _open_table(found, counts, node)
            for pair in node.named_children:
                if pair.type == "pair":
                    _add_pair(found, table, pair)
    return found


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
            return _place(node)
        ahead.extend(reversed(node.named_children))
    return None


@functools.cache
def _parser() -> Parser:
    import tree_sitter_toml

    return Parser(Language(tree_sitter_toml.language()))


def _open_table(found: Positions, counts: dict[Path, int], node: Node) -> Path:
    """Return the path of a header; a list of tables on its way means the last of them."""
    path = Path()
    keys = list(_keys(node.named_children[0]))
    for position, key in enumerate(keys):
        path = (*path, key)
        found.keys.setdefault(path, _place(node))
        if node.type == "table_array_element" and position == len(keys) - 1:
            counts[path] = counts.get(path, 0) + 1
        if path in counts:
            path = (*path, counts[path] - 1)
            found.keys.setdefault(path, _place(node))
    return path


def _add_pair(found: Positions, table: Path, pair: Node) -> None:
    ahead = [(table, pair)]
    while ahead:
        path, node = ahead.pop()
        if node.type == "pair":
            key, value = node.named_children[0], node.named_children[-1]
            for part in _keys(key):
                path = (*path, part)
                found.keys.setdefault(path, _place(node))
            ahead.append((path, value))
        elif node.type in {"array", "inline_table"}:
            ahead.extend(_inside(found, path, node))
        elif node.type == "string":
            found.texts[path] = _text_place(node)


def _inside(found: Positions, path: Path, node: Node) -> Iterator[tuple[Path, Node]]:
    children = [child for child in node.named_children if child.type != "comment"]
    if node.type == "inline_table":
        yield from ((path, child) for child in children)
        return
    for position, child in enumerate(children):
        found.keys[(*path, position)] = _place(child)
        yield (*path, position), child


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


def _place(node: Node) -> Place:
    return Place(node.start_point.row + 1, node.start_point.column + 1)


def _text_place(node: Node) -> Place:
    written, start = node.text or b"", _place(node)
    if written[:3] not in {b'"""', b"'''"}:
        return Place(start.line, start.column + 1)
    starts_below = written[3:4] == b"\n" or written[3:5] == b"\r\n"
    return Place(start.line + 1, 1) if starts_below else Place(start.line, start.column + 3)

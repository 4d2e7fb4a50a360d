"""Which characters a text file is written in, found by reading it once."""

import codecs
from dataclasses import dataclass
from pathlib import Path

CHUNK_BYTES = 1 << 22
MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True, slots=True)
class TextEncoding:
    """Name of the codec, what to tell a person about it, and the count of line ends."""

    codec: str
    note: str
    newlines: int

    @property
    def is_utf8(self) -> bool:
        """Whether the file can be read as it is."""
        return self.codec in {"utf-8", "utf-8-sig"}


def find_encoding(path: Path) -> TextEncoding:
    """Return the encoding: a byte order mark decides, then UTF-8 if it fits, then Windows-1252.

    UTF-16 without a mark is recognised by its zero bytes. Latin-1 takes what Windows-1252 has no character for.
    """
    with path.open("rb") as file:
        head = file.read(4096)
    marked = next((codec for mark, codec in MARKS if head.startswith(mark)), None)
    if marked == "utf-16":
        return TextEncoding("utf-16", "read as UTF-16", -1)
    if (silent := _silent_utf16(head)) is not None:
        return TextEncoding(silent, "read as UTF-16 without a byte order mark", -1)
    newlines = _newlines_if(path, "utf-8")
    if newlines is not None:
        return TextEncoding(marked or "utf-8", "", newlines)
    codec = "cp1252" if _newlines_if(path, "cp1252") is not None else "latin-1"
    name = {"cp1252": "Windows-1252", "latin-1": "Latin-1"}[codec]
    return TextEncoding(codec, f"not valid UTF-8: read as {name}", -1)


def _silent_utf16(head: bytes) -> str | None:
    """Return the UTF-16 flavour of unmarked text: half of its bytes are zero, all on one side."""
    half = len(head) // 2
    if half < 4:
        return None
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > 0.4 * half and even < 0.05 * half:
        return "utf-16-le"
    return "utf-16-be" if even > 0.4 * half and odd < 0.05 * half else None


def _newlines_if(path: Path, codec: str) -> int | None:
    """Return the number of line ends when the whole file decodes, else ``None``."""
    decoder = codecs.getincrementaldecoder(codec)()
    newlines = 0
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                decoder.decode(chunk)
                newlines += chunk.count(b"\n")
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return None
    return newlines

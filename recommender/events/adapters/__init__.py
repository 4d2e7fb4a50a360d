"""Readers of files and of other systems: what they wrote becomes our events.

A file is read as a table, its shape is recognised from its columns, every row is checked at once, and only then do
events come out, with counts and the rows that were set aside. Nothing here writes anything.
"""

from recommender.events.adapters.read_source import (
    SourceOptions,
    open_source,
    read_source,
    source_path,
    source_stem,
)
from recommender.events.adapters.source import AdaptedBatch, EventSource, SourceCounts

__all__ = [
    "AdaptedBatch",
    "EventSource",
    "SourceCounts",
    "SourceOptions",
    "open_source",
    "read_source",
    "source_path",
    "source_stem",
]

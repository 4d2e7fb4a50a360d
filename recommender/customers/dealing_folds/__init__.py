"""One fold per kind of dealing: pure functions from events in the order of the fold to bounded columns."""

"""The playbook: what a marketer declares, read from one file, checked, and turned into frozen values."""

from recommender.playbook.kinds import SELLING_KINDS, ActionKind

__all__ = ["SELLING_KINDS", "ActionKind"]

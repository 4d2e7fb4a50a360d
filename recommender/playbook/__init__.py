"""The playbook: what a marketer declares, read from one file, checked, and turned into frozen values.

:mod:`~recommender.playbook.reading` reads it; it is not imported here, because who only handles the values needs no
parser.
"""

from recommender.playbook.kinds import SELLING_KINDS, ActionKind

__all__ = ["SELLING_KINDS", "ActionKind"]

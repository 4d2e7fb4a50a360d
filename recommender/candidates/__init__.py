"""What could be said next: the catalogue as one bundle sees it, the sources that propose, and the pick of the best.

Kernels compile on first use; import ``recommender.candidates.picking`` and ``.merging`` for them.
"""

from recommender.candidates.assortment import Assortment, assortment_of
from recommender.playbook.kinds import ActionKind

__all__ = ["ActionKind", "Assortment", "assortment_of"]

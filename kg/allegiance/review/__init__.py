"""Say in sentences what a change does to the data, for whoever reviews it.

`read_base` reads what is compared with, `difference` compares two stores, and `new_claims_table`
lists the claims that a change adds.
"""

from allegiance.review.base import Base, read_base, read_tree
from allegiance.review.change import Change, PartChange
from allegiance.review.difference import Difference, difference
from allegiance.review.new_claims import new_claims_table

__all__ = [
    "Base",
    "Change",
    "Difference",
    "PartChange",
    "difference",
    "new_claims_table",
    "read_base",
    "read_tree",
]

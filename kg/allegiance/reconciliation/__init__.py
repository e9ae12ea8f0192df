"""Find which entities a name may mean, and say why.

A `Matcher` holds entities (actors of the register, or items of the offline index) and gives the
candidates of a `Query`, each with its score, the features that it comes from and a sentence.
"""

from __future__ import annotations

from allegiance.reconciliation.candidate import Candidate
from allegiance.reconciliation.entity import Entity, Name
from allegiance.reconciliation.matcher import Matcher
from allegiance.reconciliation.query import Property, Query

__all__ = ["Candidate", "Entity", "Matcher", "Name", "Property", "Query"]

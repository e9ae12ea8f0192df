"""Build, check and ask a knowledge graph in which no triple stands without its source.

>>> from allegiance import default_bundle, read_corpus
>>> "as-2024-irans-allies" in read_corpus(default_bundle()).documents
True
"""

from allegiance.build import build_snapshot, build_store, ensure_snapshot
from allegiance.bundle import Bundle, default_bundle
from allegiance.corpus import Corpus, read_corpus
from allegiance.errors import AllegianceError
from allegiance.questions import Question, load_questions
from allegiance.snapshot import Snapshot, open_snapshot
from allegiance.validation import validate

__all__ = [
    "AllegianceError",
    "Bundle",
    "Corpus",
    "Question",
    "Snapshot",
    "build_snapshot",
    "build_store",
    "default_bundle",
    "ensure_snapshot",
    "load_questions",
    "open_snapshot",
    "read_corpus",
    "validate",
]

"""Build, check and ask a knowledge graph in which no triple stands without its source.

>>> from allegiance import default_bundle, read_corpus
>>> "as-2024-irans-allies" in read_corpus(default_bundle()).documents
True
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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

# Imported when asked for: the processes of the server need none of it, and start in half the time.
_MODULES = {
    "AllegianceError": "errors",
    "Bundle": "bundle",
    "Corpus": "corpus",
    "Question": "questions",
    "Snapshot": "snapshot",
    "build_snapshot": "build",
    "build_store": "build",
    "default_bundle": "bundle",
    "ensure_snapshot": "build",
    "load_questions": "questions",
    "open_snapshot": "snapshot",
    "read_corpus": "corpus",
    "validate": "validation",
}


def __getattr__(name: str) -> object:
    """Import what is asked for by name."""
    module = _MODULES.get(name)
    if module is None:
        message = f"module 'allegiance' has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(f"allegiance.{module}"), name)

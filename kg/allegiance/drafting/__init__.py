"""Start a source document from a saved page: the draft that `allegiance new` writes.

A page becomes a text (saved_page), its sentences are read (reading: mentions, clauses, attribution,
stance, dating, wording), and what they propose becomes a document (draft) and files (filing). What
is proposed is a draft and stays out of the asserted view until a contributor has decided.
"""

from __future__ import annotations

"""The writer: the one process that changes data. It answers only when a commit is on the disk.

It is forked with a store of its own in memory: the base snapshot and all commits of the journal. It
takes one change at a time, sees what it adds and takes away, has the shapes judge that, and appends
it to the journal. What it cannot keep it takes back. Whatever is not foreseen ends it; another one
then begins from the journal, which holds what was acknowledged and nothing else.
"""

from __future__ import annotations

import errno
import os
import sys
from typing import TYPE_CHECKING, Final

from pyoxigraph import DefaultGraph, NamedNode, RdfFormat, Store

from allegiance_server.protocol.operations import deleted_as_inserted, only_inserts_data, silenced
from allegiance_server.workers.changes import Outcome
from allegiance_server.workers.journal import (
    Delta,
    apply_delta,
    read_lines,
    remove_empty,
)

if TYPE_CHECKING:
    from pathlib import Path

    from allegiance_server.protocol.graph_store import Upload
    from allegiance_server.workers.changes import Change, Head, WriterPlan
    from allegiance_server.workers.gate import Gate
    from allegiance_server.workers.journal import Journal

__all__ = ["Writer"]

FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class UnfitError(Exception):
    """Carry an outcome that is no commit."""

    def __init__(self, outcome: Outcome, detail: str, **more: object) -> None:
        """Keep what is to be told."""
        super().__init__(detail)
        self.head: Head = {"outcome": outcome, "detail": detail, **more}


class Writer:
    """Turn changes into commits: all of a change or nothing of it."""

    def __init__(self, store: Store, journal: Journal, gate: Gate | None, plan: WriterPlan) -> None:
        """Take over a store that holds what the journal says."""
        self._store = store
        self._journal = journal
        self._gate = gate
        self._plan = plan

    @property
    def head(self) -> str:
        """Return the name of the data as of the last commit."""
        return self._journal.head

    def commit(self, request: str, change: Change) -> Head:
        """Make one change and keep it; return what is to be answered, with its `outcome`."""
        try:
            is_new = change.graph != "" and not self._store.contains_named_graph(_node(change))
            delta = self._make(change)
            if not delta:
                return self._answer(Outcome.UNCHANGED, delta, created=False)
            self._judge(delta)
            path = self._keep(delta, request)
        except UnfitError as unfit:
            return unfit.head
        created = is_new and change.kind in ("put", "post")
        return {**self._answer(Outcome.COMMITTED, delta, created=created), "patch": str(path)}

    def _answer(self, outcome: Outcome, delta: Delta, *, created: bool) -> Head:
        return {
            "outcome": outcome,
            "name": self._journal.head,
            "removed": len(delta.removed),
            "added": len(delta.added),
            "created": created,
        }

    def _make(self, change: Change) -> Delta:
        """Make a change in the store, and return what it came to."""
        match change.kind:
            case "update":
                return self._update(change)
            case "delete":
                return self._applied(self._deletion(change))
            case "put":
                before, after = _lines(self._store, _node(change)), self._sent(change)
                return self._applied(Delta(before - after, after - before))
            case "post":
                added = self._among(self._sent(change), held=False)
                return self._applied(Delta(frozenset(), added))

    def _applied(self, delta: Delta) -> Delta:
        apply_delta(self._store, delta)
        return delta

    def _update(self, change: Change) -> Delta:
        """Make an update.

        What INSERT DATA or DELETE DATA change is what they say. Of all others it is told by
        comparing what the store held before with what it holds then.
        """
        deleted = deleted_as_inserted(change.text)
        if deleted is not None:
            found = self._among(self._said(change, deleted), held=True)
            return self._applied(Delta(found, frozenset()))
        if only_inserts_data(change.text):
            found = self._among(self._said(change, change.text), held=False)
            return self._applied(Delta(frozenset(), found))
        before = _lines(self._store)
        try:
            self._run(self._store, change, change.text)
        except UnfitError as unfit:
            if "does not exist" not in str(unfit):
                raise
            # No quads, no graph: here it is no fault to remove what may have been created empty.
            self._run(self._store, change, silenced(change.text))
        remove_empty(self._store, list(self._store.named_graphs()))
        after = _lines(self._store)
        return Delta(before - after, after - before)

    def _said(self, change: Change, inserted: str) -> frozenset[bytes]:
        data = Store()
        self._run(data, change, inserted)
        return _lines(data)

    def _among(self, lines: frozenset[bytes], *, held: bool) -> frozenset[bytes]:
        """Return those of the lines that the store holds, or those that it does not."""
        ordered = list(lines)
        quads = read_lines(ordered)
        return frozenset(
            line for line, quad in zip(ordered, quads, strict=True) if (quad in self._store) == held
        )

    def _run(self, store: Store, change: Change, text: str) -> None:
        try:
            store.update(
                text,
                base_iri=change.base_iri or self._plan.base_iri,
                prefixes=dict(self._plan.prefixes),
            )
        except SyntaxError as error:
            raise UnfitError(Outcome.UPDATE_NOT_PARSED, str(error)) from None
        except (RuntimeError, ValueError) as error:
            raise UnfitError(Outcome.NOT_EVALUABLE, str(error)) from None
        except OSError as error:
            sys.stderr.write(f"allegiance writer {os.getpid()}: {error}\n")
            raise UnfitError(Outcome.NOT_EVALUABLE, "it asks for something outside") from None

    def _deletion(self, change: Change) -> Delta:
        if change.graph and not self._store.contains_named_graph(_node(change)):
            raise UnfitError(Outcome.NO_GRAPH, change.graph)
        return Delta(_lines(self._store, _node(change)), frozenset())

    def _sent(self, change: Change) -> frozenset[bytes]:
        """Read the uploads; loading gives their blank nodes labels that nothing else has."""
        graph, sent = _node(change), Store()
        for number, upload in enumerate(change.uploads):
            _load(sent, upload, number, graph, change.base_iri or self._plan.base_iri)
        strays = [found for found in sent.named_graphs() if found != graph]
        if strays:
            detail = f"the graph {strays[0]} is named in it, but one graph is written at a time"
            raise UnfitError(Outcome.UPLOAD_NOT_PARSED, detail)
        return _lines(sent)

    def _judge(self, delta: Delta) -> None:
        """Take the change back if the shapes have more against the data than before it."""
        if self._gate is None:
            return
        removed, added = delta.quads()
        foci = self._gate.affected(self._store, [*removed, *added])
        after = self._gate.violations(self._store, foci)
        if not after:
            return
        apply_delta(self._store, delta.inverse())
        found = sorted(after - self._gate.violations(self._store, foci))
        if found:
            raise UnfitError(
                Outcome.REFUSED, "", report=[self._gate.describe(each) for each in found]
            )
        apply_delta(self._store, delta)

    def _keep(self, delta: Delta, request: str) -> Path:
        try:
            return self._journal.append(delta, request)
        except OSError as error:
            apply_delta(self._store, delta.inverse())
            outcome = Outcome.FULL if error.errno in FULL else Outcome.NOT_KEPT
            raise UnfitError(outcome, os.strerror(error.errno or 0)) from None


def _load(
    sent: Store, upload: Upload, number: int, graph: NamedNode | DefaultGraph, base_iri: str
) -> None:
    rdf_format = RdfFormat.from_media_type(upload.media_type)
    try:
        # Not in bulk: that sets 200 MB aside, which a small bound of memory does not have.
        sent.load(upload.body, rdf_format, base_iri=base_iri, to_graph=graph)
    except SyntaxError as error:
        place = {"line": error.lineno, "column": error.offset, "part": number}
        raise UnfitError(Outcome.UPLOAD_NOT_PARSED, error.msg, **place) from None
    except (ValueError, OSError) as error:
        raise UnfitError(Outcome.UPLOAD_NOT_PARSED, str(error)) from None


def _node(change: Change) -> NamedNode | DefaultGraph:
    return NamedNode(change.graph) if change.graph else DefaultGraph()


def _lines(store: Store, graph: NamedNode | DefaultGraph | None = None) -> frozenset[bytes]:
    """Write a store, or one graph of it, as lines of N-Quads."""
    if graph is None:
        content = store.dump(format=RdfFormat.N_QUADS) or b""
        return frozenset(filter(None, content.split(b"\n")))
    content = store.dump(format=RdfFormat.N_TRIPLES, from_graph=graph) or b""
    end = b" ." if isinstance(graph, DefaultGraph) else f" {graph} .".encode()
    return frozenset(line[: -len(b" .")] + end for line in content.split(b"\n") if line)

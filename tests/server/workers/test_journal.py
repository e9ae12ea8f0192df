"""A commit is kept whole and for good, or there is nothing of it; what is damaged is not served."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import NamedNode, RdfFormat, Store

from allegiance_server.errors import SettingsError
from allegiance_server.workers.journal import (
    Delta,
    Journal,
    apply_delta,
    apply_patch,
    find_request,
    load_base,
    read_lines,
    replay,
)

if TYPE_CHECKING:
    from collections.abc import Callable

BASE = "b" * 64
ONE = b'<http://e.org/a> <http://e.org/p> "1" .'
TWO = b'<http://e.org/a> <http://e.org/p> "2" <http://e.org/g> .'
LABELLED = b"_:n1 <http://e.org/p> _:n2 ."
NOTHING: frozenset[bytes] = frozenset()


def lines(store: Store) -> set[bytes]:
    """Return what a store holds, as lines of N-Quads."""
    return set((store.dump(format=RdfFormat.N_QUADS) or b"").split(b"\n")) - {b""}


def adding(*added: bytes) -> Delta:
    """Make a delta that adds lines."""
    return Delta(NOTHING, frozenset(added))


def test_a_commit_is_named_by_its_parent_and_its_lines(tmp_path: Path) -> None:
    """The name of a commit is the sha256 of its parent's name, a line break and its lines."""
    path = Journal(tmp_path, BASE).append(Delta(frozenset({ONE}), frozenset({TWO})), "r")

    body = b"D " + ONE + b"\nA " + TWO + b"\n"
    name = hashlib.sha256(BASE.encode() + b"\n" + body).hexdigest()
    assert path.name == f"00000001-{name}.patch"
    assert path.read_bytes().partition(b"\n")[2] == body


def test_what_was_written_is_there_after_a_restart(tmp_path: Path) -> None:
    """A journal that is opened again goes on where it ended, and a replay gives the same data."""
    first = Journal(tmp_path, BASE)
    first.append(adding(ONE), "r1")
    first.append(adding(TWO), "r2")

    again = Journal(tmp_path, BASE)
    store = Store()
    assert again.head == first.head == replay(store, tmp_path, BASE)
    assert lines(store) == {ONE, TWO}
    again.append(Delta(frozenset({ONE}), NOTHING), "r3")
    store = Store()
    replay(store, tmp_path, BASE)
    assert lines(store) == {TWO}


def test_a_folder_without_a_journal_is_the_base(tmp_path: Path) -> None:
    """Where nothing was ever committed, the data is the base, and nobody needs the folder."""
    assert replay(Store(), tmp_path / "none", BASE) == BASE
    assert not (tmp_path / "none").exists()


def test_half_written_files_go(tmp_path: Path) -> None:
    """What a crash left under a temporary name is no commit, and is removed at the next start."""
    Journal(tmp_path, BASE).append(adding(ONE), "r")
    draft = tmp_path / f".draft-00000002-{'c' * 64}.patch"
    draft.write_bytes(b'{"half": ')

    store = Store()
    replay(store, tmp_path, BASE)
    Journal(tmp_path, BASE)

    assert lines(store) == {ONE}
    assert not draft.exists()


@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: whole[:-1],
        lambda whole: whole.replace(b'"1"', b'"7"'),
        lambda whole: whole.replace(b'"request"', b'"request'),
        lambda whole: whole.replace(b'"parent": "b', b'"parent": "c'),
        lambda whole: whole + b"A " + TWO + b"\n",
        lambda _: b"",
    ],
)
def test_a_damaged_commit_is_refused_by_its_name(
    tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    """A commit that is not as it was written is not served: the error names its file."""
    path = Journal(tmp_path, BASE).append(adding(ONE), "r")
    path.write_bytes(damage(path.read_bytes()))

    with pytest.raises(SettingsError, match=re.escape(path.name)):
        replay(Store(), tmp_path, BASE)
    with pytest.raises(SettingsError, match=re.escape(path.name)):
        Journal(tmp_path, BASE)


def test_a_missing_commit_is_noticed(tmp_path: Path) -> None:
    """Commits are served only if none before them is missing."""
    journal = Journal(tmp_path, BASE)
    first = journal.append(adding(ONE), "r1")
    journal.append(adding(TWO), "r2")
    first.unlink()

    with pytest.raises(SettingsError, match="missing"):
        Journal(tmp_path, BASE)


def test_a_journal_belongs_to_one_base(tmp_path: Path) -> None:
    """Commits on one snapshot are not applied to another; the error names both."""
    Journal(tmp_path, BASE)

    with pytest.raises(SettingsError, match=f"{BASE}.*{'c' * 64}"):
        Journal(tmp_path, "c" * 64)


@pytest.mark.parametrize("step", ["fsync", "rename", "fsync of the folder"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_what_cannot_be_kept_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, number: int
) -> None:
    """If any step fails, the error is raised, nothing is left, and the next commit is kept."""
    journal = Journal(tmp_path, BASE)
    before = {path.name for path in tmp_path.iterdir()}
    calls: list[int] = []

    def fail(*_: object) -> None:
        calls.append(1)
        if len(calls) == (2 if step == "fsync of the folder" else 1):
            raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        if step == "rename":
            patch.setattr(Path, "rename", fail)
        else:
            patch.setattr(os, "fsync", fail)
        with pytest.raises(OSError, match=os.strerror(number)):
            journal.append(adding(ONE), "r1")

    assert {path.name for path in tmp_path.iterdir()} == before
    assert journal.head == BASE
    journal.append(adding(TWO), "r2")
    store = Store()
    assert replay(store, tmp_path, BASE) == journal.head
    assert lines(store) == {TWO}


def test_a_commit_is_found_by_its_request(tmp_path: Path) -> None:
    """Whoever does not know whether a change was made finds it by the id of the request."""
    journal = Journal(tmp_path, BASE)
    path = journal.append(adding(ONE), "r1")

    found = find_request(tmp_path, "r1")
    assert found is not None
    assert (found[0], found[1].name) == (path, journal.head)
    assert find_request(tmp_path, "r2") is None


def test_blank_nodes_keep_their_labels(tmp_path: Path) -> None:
    """A commit takes away what the base or an earlier commit says of a blank node."""
    base = tmp_path / "graph.nq"
    base.write_bytes(LABELLED + b"\n" + ONE + b"\n")
    journal = Journal(tmp_path / "commits", BASE)
    store = Store()
    load_base(store, base)
    assert lines(store) == {LABELLED, ONE}

    other = b"_:n1 <http://e.org/p> _:n3 ."
    apply_patch(store, journal.append(Delta(frozenset({LABELLED}), frozenset({other})), "r1"))
    apply_patch(store, journal.append(Delta(frozenset({other}), NOTHING), "r2"))

    assert lines(store) == {ONE}


def test_an_empty_base_is_a_base(tmp_path: Path) -> None:
    """A snapshot without a single quad can be loaded."""
    base = tmp_path / "graph.nq"
    base.touch()
    store = Store()

    load_base(store, base)

    assert len(store) == 0


def test_a_graph_without_quads_is_no_more() -> None:
    """When the last quad of a named graph goes, the graph does; the default graph stays."""
    store = Store()
    apply_delta(store, adding(ONE, TWO))
    assert store.contains_named_graph(NamedNode("http://e.org/g"))

    apply_delta(store, adding(ONE, TWO).inverse())

    assert list(store.named_graphs()) == []


def test_a_patch_can_be_applied_again(tmp_path: Path) -> None:
    """To apply a commit twice is to apply it once; what it changed is told each time."""
    path = Journal(tmp_path, BASE).append(Delta(frozenset({ONE}), frozenset({TWO})), "r")
    store = Store()
    store.extend(read_lines([ONE]))

    for _ in range(2):
        name, added, removed = apply_patch(store, path)
        assert name in path.name
        assert [set(read_lines([TWO])), set(read_lines([ONE]))] == [set(added), set(removed)]
        assert lines(store) == {TWO}


def test_to_apply_starts_no_thread(tmp_path: Path) -> None:
    """The parent of the workers forks after it has applied a commit: it has to have one thread."""
    tasks = Path("/proc/self/task")
    before = {task.name for task in tasks.iterdir()}
    many = frozenset(b'<http://e.org/a> <http://e.org/p> "%d" .' % n for n in range(20_000))
    base = tmp_path / "graph.nq"
    base.write_bytes(b"\n".join(many) + b"\n")
    store = Store()

    load_base(store, base)
    apply_delta(store, Delta(many, frozenset({TWO, LABELLED})))

    assert lines(store) == {TWO, LABELLED}
    # Threads of earlier tests may end meanwhile; none may be there that was not there before.
    assert {task.name for task in tasks.iterdir()} - before == set()
    assert len(before) >= threading.active_count()


QUADS = [b'<http://e.org/s> <http://e.org/p> "%d" .' % n for n in range(6)]
DELTAS = st.lists(
    st.tuples(st.frozensets(st.sampled_from(QUADS)), st.frozensets(st.sampled_from(QUADS))),
    max_size=6,
)


@given(DELTAS)
def test_a_replay_is_what_was_done(
    changes: list[tuple[frozenset[bytes], frozenset[bytes]]],
) -> None:
    """After any row of changes, journal and store hold what a plain set would hold."""
    with tempfile.TemporaryDirectory() as folder:
        journal, model, store = Journal(Path(folder), BASE), set[bytes](), Store()
        for wanted, unwanted in changes:
            delta = Delta(frozenset(model & unwanted - wanted), frozenset(wanted - model))
            if delta:
                apply_patch(store, journal.append(delta, "r"))
            model = (model - unwanted) | wanted
        replayed = Store()
        assert replay(replayed, Path(folder), BASE) == journal.head
        assert lines(replayed) == lines(store) == model

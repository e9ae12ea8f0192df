"""Run one test of a suite against a server, and say what came of it."""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING, assert_never

from connections import SetUpError
from conversations import converse
from languages import evaluate, judge_syntax, update
from manifests import Conversation, Evaluation, Syntax, Update
from verdicts import CallRefusedError, DiffersError, Outcome, Verdict

if TYPE_CHECKING:
    from connections import Connection
    from manifests import Case

__all__ = ["run"]


def run(case: Case, connection: Connection) -> Verdict:
    """Run a test: no answer, or one that makes no sense, is a failure like any other."""
    try:
        _run(case, connection)
    except CallRefusedError as refusal:
        return Verdict(Outcome.REFUSED, str(refusal))
    except SetUpError as error:
        return Verdict(Outcome.FAILED, f"the server did not take the data: {error}")
    except DiffersError as difference:
        return Verdict(Outcome.FAILED, str(difference))
    except (OSError, http.client.HTTPException, SyntaxError, ValueError) as error:
        return Verdict(Outcome.FAILED, f"{type(error).__name__}: {error}")
    return Verdict(Outcome.PASSED)


def _run(case: Case, connection: Connection) -> None:
    match case:
        case Conversation():
            converse(case, connection)
        case Syntax():
            judge_syntax(case, connection)
        case Evaluation():
            evaluate(case, connection)
        case Update():
            update(case, connection)
        case _:
            assert_never(case)

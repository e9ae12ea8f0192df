"""Every error has one status and one document, and nothing inside the server is told."""

from __future__ import annotations

import json

import pytest

from allegiance.errors import QuestionError, SnapshotError
from allegiance_server import errors
from allegiance_server.web.problems import PROBLEMS, describe


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.RequestError("a", "b"), 400),
        (errors.QueryNotParsedError("a", "b", 2, 3), 400),
        (errors.QueryRefusedError("a", "b"), 400),
        (errors.QueryTooDeepError("a", "b"), 400),
        (errors.QueryNotEvaluableError("a", "b"), 400),
        (QuestionError("a"), 400),
        (errors.ServiceRefusedError("a", "b"), 403),
        (errors.UpdateRefusedError("a", "b"), 403),
        (errors.NotFoundError("a", "b"), 404),
        (errors.MethodNotAllowedError("a", "b"), 405),
        (errors.NotAcceptableError("a", "b"), 406),
        (errors.QueryTooLongError("a", "b"), 413),
        (errors.ResultTooLargeError("a", "b"), 413),
        (errors.UnsupportedMediaTypeError("a", "b"), 415),
        (errors.QueryCrashedError("a", "b"), 500),
        (errors.ServerBusyError("a", "b"), 503),
        (errors.WorkersUnavailableError("a", "b"), 503),
        (errors.QueryTimedOutError("a", "b"), 504),
        (errors.HeadTooSlowError("a", "b"), 408),
        (errors.AddressTooLongError("a", "b"), 414),
        (errors.HeadTooLargeError("a", "b"), 431),
        (errors.BodyTooLargeError("a", "b"), 413),
        (errors.TokenMissingError("a", "b"), 401),
        (errors.TokenRefusedError("a", "b"), 403),
        (errors.BudgetSpentError("a", "b", 7), 429),
        (errors.QueryTooComplexError("a", "b"), 400),
        (errors.TermNotRepresentableError("a", "b"), 406),
        (errors.QueryKilledError("a", "b"), 503),
        (errors.ResultBrokenError("a", "b"), 500),
        (errors.TooManyRowsError("a", "b"), 413),
        (errors.EndpointFailedError("a", "b"), 502),
        (errors.EndpointBusyError("a", "b", 7), 503),
        (errors.EndpointTimedOutError("a", "b"), 504),
        (errors.StorageFullError("a", "b"), 507),
        (errors.FileDamagedError("a", "b"), 500),
    ],
)
def test_each_error_has_its_status(error: Exception, status: int) -> None:
    """The table gives every error that a request can end in the status that HTTP has for it."""
    assert type(error) in PROBLEMS
    assert json.loads(describe(error).encode())["status"] == status


def test_no_error_of_a_request_is_a_fault_of_ours() -> None:
    """Every error that a request can end in has a status of its own, or that of its kind."""
    never_told = {"ServerError", "SettingsError", "AccessError", "EndpointError"}
    for name in set(errors.__all__) - never_told:
        kind = getattr(errors, name)
        assert any(each in PROBLEMS for each in kind.__mro__), name


def test_document_carries_place_and_remedy() -> None:
    """A syntax error tells line and column, as members of their own."""
    document = json.loads(describe(errors.QueryNotParsedError("what", "how", 2, 3)).encode())
    assert document["line"] == 2
    assert document["column"] == 3
    assert (document["detail"], document["remedy"]) == ("what", "how")
    assert document["type"].endswith("/syntax-error")


def test_whoever_may_come_again_is_told_when() -> None:
    """Busy and timed out carry Retry-After; a refusal does not."""
    assert int(describe(errors.ServerBusyError("a", "b")).headers["retry-after"]) > 0
    assert int(describe(errors.QueryTimedOutError("a", "b")).headers["retry-after"]) > 0
    assert "retry-after" not in describe(errors.ServiceRefusedError("a", "b")).headers
    assert describe(errors.EndpointBusyError("a", "b", 7)).headers["retry-after"] == "7"


@pytest.mark.parametrize(
    "error", [ValueError("secret"), OSError("/etc/secret"), SnapshotError("secret")]
)
def test_the_unforeseen_leaks_nothing(error: Exception) -> None:
    """Of an error that is not in the table, the client learns only that there was one."""
    encoded = describe(error).encode()
    assert json.loads(encoded)["status"] == 500
    assert b"secret" not in encoded

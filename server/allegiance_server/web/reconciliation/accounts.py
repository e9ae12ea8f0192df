"""Charge each operation of the reconciliation services to its client, and count it."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from allegiance_server.errors import ClientGoneError, ServerError
from allegiance_server.web import problems
from allegiance_server.web.reconciliation.costs import Cost, Measured

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from starlette.requests import Request
    from starlette.responses import Response

    from allegiance_server.web.budgets import Budgets
    from allegiance_server.web.clients import Clients
    from allegiance_server.web.metrics import Metrics

__all__ = ["Accounts"]

ANSWERED: Final = "answered"


class Accounts:
    """Let a client ask within its budget; what workers do for it, the supervisor charges."""

    def __init__(self, budgets: Budgets, clients: Clients, metrics: Metrics) -> None:
        """Keep who knows the clients, their budgets, and the counts."""
        self._budgets = budgets
        self._clients = clients
        self._metrics = metrics.reconciliation

    async def answer(
        self,
        handler: Callable[[Request], Coroutine[Any, Any, Response]],
        request: Request,
        offer: tuple[str, str],
        operation: str,
    ) -> Response:
        """Do an operation of a service in a version (`offer`); raises what the handler raises.

        BudgetSpentError where the client has used up its share.
        """
        client = self._clients.client(request.scope)
        cost, outcome = Cost(operation), ANSWERED
        try:
            self._budgets.check(client)
            return await Measured(handler(request), cost)
        except Exception as error:
            outcome = type(error).__name__
            if _is_fault_of_client(error):
                self._budgets.charge_error(client)
            raise
        finally:
            self._budgets.charge_processing(client, cost.processing_s)
            self._metrics.observe(*offer, outcome, cost)


def _is_fault_of_client(error: Exception) -> bool:
    if not isinstance(error, ServerError) or isinstance(error, ClientGoneError):
        return False
    status = problems.describe(error).kind.status
    is_refusal = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
    return is_refusal and status != HTTPStatus.TOO_MANY_REQUESTS

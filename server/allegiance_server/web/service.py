"""What the endpoints share: the workers, the cache, and who watches over what is used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from allegiance_server.errors import BudgetSpentError, ClientGoneError
from allegiance_server.workers.tasks import Finished

if TYPE_CHECKING:
    from allegiance_server.errors import ServerError
    from allegiance_server.settings import Settings
    from allegiance_server.web.budgets import Budgets
    from allegiance_server.web.cache import Entry, ResultCache
    from allegiance_server.web.clients import Clients
    from allegiance_server.web.metrics import Metrics
    from allegiance_server.web.query_log import QueryLog
    from allegiance_server.workers.commits import Commits
    from allegiance_server.workers.supervisor import Supervisor
    from allegiance_server.workers.tasks import Task

__all__ = ["Service"]


@dataclass(frozen=True, slots=True)
class Service:
    """Hold them together; `commits` is None where nothing is written."""

    settings: Settings
    supervisor: Supervisor
    cache: ResultCache
    clients: Clients
    budgets: Budgets
    metrics: Metrics
    query_log: QueryLog
    commits: Commits | None

    def refuse(self, kind: str, client: str, error: ServerError) -> None:
        """Take note of a request that no worker has seen."""
        self.metrics.count_refusal(kind, error)
        if not isinstance(error, ClientGoneError):
            self.budgets.charge_error(client)

    def check_budget(self, kind: str, client: str) -> None:
        """Refuse a client that has used up its share: BudgetSpentError."""
        if not self.budgets.is_on:
            return
        try:
            self.budgets.check(client)
        except BudgetSpentError as error:
            self.metrics.count_refusal(kind, error)
            raise

    def found(self, task: Task, client: str, entry: Entry) -> None:
        """Take note of a result that was in the cache."""
        finished = _found(task, client, entry, self.supervisor.snapshot)
        self.metrics.observe(finished, is_cached=True)
        self.query_log.write(finished, is_cached=True)


def _found(task: Task, client: str, entry: Entry, snapshot: str) -> Finished:
    return Finished(task, client, "answered", 0.0, 0.0, len(entry.body), None, snapshot)

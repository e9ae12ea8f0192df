"""Ask a SPARQL endpoint: patient with what passes, plain about what does not."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeVar

from allegiance.enrichment.answer import BrokenAnswerError
from allegiance.errors import EndpointError
from allegiance.polite_client import PassingError, Patience, PoliteClient

if TYPE_CHECKING:
    from collections.abc import Callable

    from allegiance.enrichment.endpoint import Endpoint
    from allegiance.polite_client import Reply

__all__ = ["QueryClient"]

Read = TypeVar("Read")
log = logging.getLogger(__name__)

ACCEPTED: Final = "application/sparql-results+json"
ATTEMPTS: Final = 6
LONGEST_WAIT_S: Final = 300.0
LARGEST_ANSWER: Final = 64 * 2**20
_OK, _REDIRECTS = 200, range(300, 400)


@dataclass(slots=True)
class QueryClient:
    """Ask one endpoint; `contact` is the address that its operators can write to.

    `sleep` takes seconds. Raises UsageError for a contact that is no address.
    """

    endpoint: Endpoint
    contact: str
    sleep: Callable[[float], None] = time.sleep
    _client: PoliteClient = field(init=False)

    def __post_init__(self) -> None:
        """Keep one client for all requests."""
        self._client = PoliteClient(
            self.endpoint.address,
            self.contact,
            self.endpoint.pause_s,
            self.endpoint.timeout_s,
            Patience(ATTEMPTS, LONGEST_WAIT_S, LONGEST_WAIT_S),
            LARGEST_ANSWER,
            "Choose a smaller batch.",
            self.sleep,
            log.warning,
        )

    def ask(self, query: str, read: Callable[[bytes], Read]) -> tuple[bytes, Read]:
        """Send a query; return the answer's bytes and what `read` makes of them.

        `read` raises BrokenAnswerError for what is no whole answer: then it is asked for again.
        Raises EndpointError where asking again does not help, or did not.
        """

        def read_reply(reply: Reply) -> tuple[bytes, Read]:
            content = self._checked(reply)
            try:
                return content, read(content)
            except BrokenAnswerError as error:
                message = f"the answer is not whole: {error}"
                raise PassingError(message) from error

        return self._client.ask("POST", {"query": query}, {"Accept": ACCEPTED}, read_reply)

    def _checked(self, reply: Reply) -> bytes:
        if reply.status == _OK:
            return reply.content
        if reply.status in _REDIRECTS:
            told = (
                f"it redirects to {reply.location or 'nowhere'!r}. "
                "If that is the endpoint, name that address in the settings."
            )
        else:
            told = f"it answered {reply.status}: {_first_line(reply.content)}"
        message = f"{self.endpoint.address} does not answer the query: {told}"
        raise EndpointError(message)


def _first_line(content: bytes) -> str:
    lines = content[:400].decode(errors="replace").strip().splitlines()
    return repr(lines[0][:200]) if lines else "nothing more"

"""Ask Wikidata's wbgetentities and wbsearchentities, politely.

Beside what passes everywhere, an API's own errors stand in the dress of a 200, and its database
may lag. https://www.mediawiki.org/wiki/API:Etiquette,
https://www.mediawiki.org/wiki/Manual:Maxlag_parameter
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import urlsplit

from allegiance.errors import EndpointError, UsageError
from allegiance.polite_client import PassingError, Patience, PoliteClient
from allegiance.wikidata.search_answer import SearchAnswer, search_answer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from allegiance.polite_client import Reply

__all__ = ["BATCH", "LANGUAGES", "WIKIDATA_API", "EntityApi", "UnknownItemError"]

Read = TypeVar("Read")

WIKIDATA_API: Final = "https://www.wikidata.org/w/api.php"
# More are refused to whoever has no account of a bot.
BATCH: Final = 50
# mul is where Wikidata keeps a name that is the same in most languages.
LANGUAGES: Final = ("en", "ar", "fa", "he", "ru", "zh", "mul")
ATTEMPTS: Final = 8
LONGEST_BACKOFF_S: Final = 60.0
LONGEST_WAIT_S: Final = 600.0
LARGEST_ANSWER: Final = 256 * 2**20
MAXLAG_S: Final = 5
_OK, _FORBIDDEN = 200, 403
_UNKNOWN: Final = frozenset({"no-such-entity", "param-illegal", "invalid-entity-id"})


class UnknownItemError(Exception):
    """Tell that the API refuses a whole batch, because an item of it does not exist."""


@dataclass(slots=True)
class EntityApi:
    """Ask one API; `contact` is the address that its operators can write to.

    `pause_s` is the time between two requests, `timeout_s` that of one request, both in seconds;
    `sleep` takes seconds and `warn` a sentence. Raises UsageError for a contact that is no
    address, an endpoint that is none of the web, or times that are none.
    """

    contact: str
    endpoint: str = WIKIDATA_API
    pause_s: float = 1.0
    timeout_s: float = 60.0
    sleep: Callable[[float], None] = time.sleep
    warn: Callable[[str], None] = lambda _: None
    _client: PoliteClient = field(init=False)

    def __post_init__(self) -> None:
        """Check what was given, and keep one client for all requests."""
        self._client = PoliteClient(
            self.endpoint,
            self.contact,
            self.pause_s,
            self.timeout_s,
            Patience(ATTEMPTS, LONGEST_BACKOFF_S, LONGEST_WAIT_S),
            LARGEST_ANSWER,
            "Check --endpoint.",
            self.sleep,
            self.warn,
        )
        parts = urlsplit(self.endpoint)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query:
            message = f"{self.endpoint!r} is no endpoint. Give an address such as {WIKIDATA_API}."
            raise UsageError(message)
        if not (0 <= self.pause_s <= LONGEST_WAIT_S and 0 < self.timeout_s <= LONGEST_WAIT_S):
            message = (
                f"The pause is {self.pause_s} s and the time-out {self.timeout_s} s. "
                f"Give at most {LONGEST_WAIT_S:.0f} for both, and more than 0 for the time-out."
            )
            raise UsageError(message)

    def entities(self, ids: Sequence[str]) -> Mapping[str, Any]:
        """Ask for at most 50 items; return what the API calls `entities`.

        Raises UnknownItemError where one of the items makes the API refuse all of them, and
        EndpointError where asking again does not help, or did not.
        """
        parameters = {
            "action": "wbgetentities",
            "ids": "|".join(ids),
            "props": "info|labels|aliases|descriptions|claims",
            "languages": "|".join(LANGUAGES),
        }
        return self._ask(parameters, _entities)

    def search(self, name: str, language: str) -> SearchAnswer:
        """Ask for the items of which a name or an alias begins like a name, the best 50 of them.

        The API itself puts whole names before beginnings of names. Raises EndpointError where
        asking again does not help, or did not.
        """
        parameters = {
            "action": "wbsearchentities",
            "search": name,
            "language": language,
            "uselang": language,
            "type": "item",
            "limit": str(BATCH),
        }
        try:
            return self._ask(parameters, search_answer)
        except UnknownItemError as error:
            message = f"{self.endpoint} refuses to search for {name!r}: {error}."
            raise EndpointError(message) from error

    def _ask(
        self, parameters: Mapping[str, str], read: Callable[[Mapping[str, Any]], Read]
    ) -> Read:
        def read_reply(reply: Reply) -> Read:
            answer = self._checked(reply)
            try:
                return read(answer)
            except (AttributeError, KeyError, TypeError, ValueError) as error:
                message = f"the answer to {parameters['action']} is of another form ({error!r})"
                raise PassingError(message, reply.wish_s) from error

        fields = {**parameters, "format": "json", "maxlag": str(MAXLAG_S)}
        return self._client.ask("GET", fields, {"Accept-Encoding": "gzip"}, read_reply)

    def _checked(self, reply: Reply) -> Mapping[str, Any]:
        """Return what an answer holds that is one, and no error in the dress of one."""
        if reply.status != _OK:
            remedy = (
                "It refuses the user agent; give another --contact."
                if reply.status == _FORBIDDEN
                else "Check --endpoint; redirects are not followed."
            )
            message = f"{self.endpoint} answered {reply.status}. {remedy}"
            raise EndpointError(message)
        try:
            answer = json.loads(reply.content)
        except ValueError as error:
            message = f"the answer is cut off or no JSON ({error})"
            raise PassingError(message) from error
        fault = answer.get("error") if isinstance(answer, dict) else None
        if isinstance(fault, dict):
            code = str(fault.get("code", ""))
            if code in _UNKNOWN:
                raise UnknownItemError(code)
            message = f"the endpoint answered 200 with the error {code!r}"
            raise PassingError(message, reply.wish_s)
        if not isinstance(answer, dict):
            message = "the answer is no table"
            raise PassingError(message, reply.wish_s)
        return answer


def _entities(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    entities: Mapping[str, Any] = answer["entities"]
    # An empty table is written [] by the API; no question of ours has such an answer.
    entities.keys()
    return entities

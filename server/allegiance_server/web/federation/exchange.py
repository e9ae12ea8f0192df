"""One request to an endpoint and its answer, made in a thread, that can be ended from outside.

Only the one address is called, and no redirect followed. A time-out of each read alone would let a
slow drip go on for ever, so whoever waits ends the exchange by closing its socket.
"""

from __future__ import annotations

import math
import re
import socket
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException
from threading import Lock
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode, urlsplit

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, NewConnectionError
from urllib3.exceptions import TimeoutError as NoTimeLeftError

from allegiance.errors import EndpointError as LargeAnswerError
from allegiance.polite_client import PassingError, read_body, user_agent, wished_wait_s
from allegiance_server.errors import (
    EndpointBusyError,
    EndpointError,
    EndpointFailedError,
    EndpointTimedOutError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from urllib3 import BaseHTTPResponse

    from allegiance_server.endpoints import Endpoint

__all__ = ["LARGEST_ANSWER", "RESULTS", "Answer", "Exchange", "Exchanger"]

RESULTS: Final = "application/sparql-results+json"
LARGEST_ANSWER: Final = 16 * 1024 * 1024
LONGEST_CONNECT_S: Final = 5.0
# Servers close what is idle; most wait longer than this.
KEPT_S: Final = 5.0
DEFAULT_WAIT_S: Final = 10
LONGEST_WAIT_S: Final = 3600
FIRST_LINE: Final = 200
# Beyond a milliard it is no bound of anything that is read here.
MOST_ROWS: Final = re.compile("[0-9]{1,9}")
BUSY: Final = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
TELL_OPERATOR: Final = "Tell the operator of this server, or leave that endpoint out."
ASK_LATER: Final = "Ask again later, or leave that endpoint out."


@dataclass(frozen=True, slots=True)
class Answer:
    """Hold a body; `most_rows` is how many the endpoint gives at most, where it says so."""

    body: bytes
    most_rows: int | None


class Exchange:
    """Hold one exchange so that it can be ended; `timeout_s` is all the time that it has."""

    def __init__(self, timeout_s: float) -> None:
        """Begin its time."""
        self.timeout_s = timeout_s
        self.deadline = time.monotonic() + timeout_s
        self._socket: socket.socket | None = None
        self._lock = Lock()
        self.is_ended = False

    @property
    def left_s(self) -> float:
        """Return the seconds that are left, at least a moment."""
        return max(0.001, self.deadline - time.monotonic())

    def holds(self, connected: socket.socket) -> None:
        """Take the socket; raises TimeoutError where the exchange has been ended meanwhile."""
        with self._lock:
            self._socket = connected
            self.check()

    def late(self, endpoint: str) -> EndpointTimedOutError:
        """Make the error of an exchange whose time is over; before a name is known, it waits."""
        if self._socket is None:
            detail = f"The endpoint {endpoint} could not be reached within {self.timeout_s:.3g} s."
            return EndpointTimedOutError(detail, "Ask again later.")
        detail = f"The endpoint {endpoint} has not answered in full within {self.timeout_s:.3g} s."
        return EndpointTimedOutError(detail, "Ask it for less, or later.")

    def check(self) -> None:
        """Raise TimeoutError where it has been ended."""
        if self.is_ended:
            raise TimeoutError

    def end(self) -> None:
        """End it from whatever thread: what waits for the socket fails at once."""
        with self._lock:
            self.is_ended = True
            if self._socket is not None:
                # The peer may have been faster.
                with suppress(OSError):
                    # Not that of TLS, which would change the socket under whoever reads from it.
                    socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


class Exchanger:
    """Ask one endpoint, one request at a time; the connection is kept for the next one."""

    def __init__(self, endpoint: Endpoint, contact: str) -> None:
        """Keep the address; nothing is opened yet."""
        self._endpoint = endpoint
        self._headers = {"User-Agent": user_agent(contact), "Accept": RESULTS}
        self._target = urlsplit(endpoint.address)
        self._connection: HTTPConnection | None = None
        self._response: BaseHTTPResponse | None = None
        self._used = 0.0

    def ask(self, query: str, exchange: Exchange) -> Answer:
        """Return the answer to a query; raises EndpointError or one of its kinds."""
        is_whole = False
        try:
            response = self._sent(query, exchange)
            # A head or a body that the end of the socket has cut off looks like a short one.
            exchange.check()
            answer = self._read(response, exchange)
            exchange.check()
            is_whole = True
        except LargeAnswerError:
            detail = f"answered with more than {LARGEST_ANSWER} bytes"
            raise self._failed(detail, "Ask for less, in several queries.") from None
        except (EndpointError, HTTPError, HTTPException, OSError, PassingError) as error:
            raise self._broken(error, exchange) from None
        finally:
            if not is_whole:
                # Whatever it was: the next answer is to be read from its own beginning.
                self.close()
        self._used = time.monotonic()
        return answer

    def close(self) -> None:
        """Close the connection; the next request opens another one."""
        if self._response is not None:
            # It holds the socket, too.
            self._response.close()
            self._response = None
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _sent(self, query: str, exchange: Exchange) -> BaseHTTPResponse:
        body = urlencode({"query": query}).encode()
        headers = {
            **self._headers,
            "Accept-Encoding": "identity",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        path = self._target.path or "/"
        is_kept = self._keep_or_close()
        try:
            return self._posted(path, body, headers, exchange)
        except (HTTPError, ConnectionError):
            # The other side may have closed a connection that was kept: nothing was answered.
            if not is_kept or exchange.is_ended:
                raise
            self.close()
            return self._posted(path, body, headers, exchange)

    def _posted(
        self, path: str, body: bytes, headers: Mapping[str, str], exchange: Exchange
    ) -> BaseHTTPResponse:
        connection = self._connection
        if connection is None:
            connection = self._connection = self._new(min(exchange.left_s, LONGEST_CONNECT_S))
            connection.connect()
        if connection.sock is not None:
            exchange.holds(connection.sock)
            connection.sock.settimeout(exchange.left_s)
        connection.request("POST", path, body, headers, preload_content=False)
        self._response = connection.getresponse()
        return self._response

    def _keep_or_close(self) -> bool:
        """Tell whether there is a connection that was used a moment ago; an older one is closed.

        So is one on which something has come that nobody asked for: the end, or an answer too many,
        which would be taken for that to the next query.
        """
        kept = self._connection
        if kept is not None and (not kept.is_connected or time.monotonic() - self._used > KEPT_S):
            self.close()
        return self._connection is not None

    def _new(self, timeout_s: float) -> HTTPConnection:
        host, port = self._target.hostname or "", self._target.port
        if self._target.scheme == "http":
            return HTTPConnection(host, port, timeout=timeout_s)
        # The authorities of the system; the name in the certificate is checked.
        trusted = ssl.create_default_context()
        return HTTPSConnection(host, port, timeout=timeout_s, ssl_context=trusted)

    def _read(self, response: BaseHTTPResponse, exchange: Exchange) -> Answer:
        """Read the body of a 200; of anything else as much as tells what it is."""
        headers = response.headers
        if response.status in BUSY:
            raise self._busy(response.status, headers)
        if response.status != HTTPStatus.OK:
            raise self._refused(response)
        told = headers.get("Content-Type", "")
        if told.partition(";")[0].strip().lower() != RESULTS:
            detail = f"answered {told[:100] or 'something without a type'} in place of {RESULTS}"
            raise self._failed(detail, TELL_OPERATOR)
        if headers.get("Content-Encoding", "identity").lower() != "identity":
            detail = "answered in an encoding that nobody asked for"
            raise self._failed(detail, TELL_OPERATOR)
        self._refuse_part(headers)
        body = read_body(response, exchange.deadline, LARGEST_ANSWER, "")
        most = headers.get("X-SPARQL-MaxRows", "")
        return Answer(body, int(most) if MOST_ROWS.fullmatch(most) else None)

    def _refuse_part(self, headers: Mapping[str, str]) -> None:
        """Refuse what its own server calls a part: Virtuoso does so in headers, by a 200."""
        state = headers.get("X-SQL-State")
        if state:
            detail = f"broke its answer off: {_printable(headers.get('X-SQL-Message', state))}"
            raise self._failed(detail, "Ask for less, in several queries.")

    def _busy(self, status: int, headers: Mapping[str, str]) -> EndpointBusyError:
        wish_s = wished_wait_s(headers.get("Retry-After"))
        wish_s = DEFAULT_WAIT_S if wish_s is None else wish_s
        seconds = max(1, math.ceil(min(wish_s, LONGEST_WAIT_S)))
        detail = f"The endpoint {self._endpoint.name} answered {status}: it is to be left alone."
        return EndpointBusyError(detail, f"Ask again in {seconds} seconds.", seconds)

    def _refused(self, response: BaseHTTPResponse) -> EndpointFailedError:
        status = response.status
        if response.headers.get("Location"):
            detail = f"answered {status} and leads elsewhere, where nobody follows it"
            return self._failed(detail, TELL_OPERATOR)
        # An answer that is itself broken changes nothing: its status is known.
        piece = b""
        with suppress(HTTPError, HTTPException, OSError):
            piece = response.read1(4096)
        lines = map(_printable, piece.decode("utf-8", "replace").splitlines())
        line = next((each for each in lines if each), "")
        says = f": {line}" if line else ""
        is_ours = status == HTTPStatus.BAD_REQUEST
        remedy = "Look at what stands in the SERVICE clause." if is_ours else ASK_LATER
        return self._failed(f"answered {status}{says}", remedy)

    def _broken(self, error: Exception, exchange: Exchange) -> EndpointError:
        if isinstance(error, NewConnectionError) and not exchange.is_ended:
            return self._failed("cannot be reached", ASK_LATER)
        is_late = isinstance(error, TimeoutError | NoTimeLeftError | PassingError)
        if exchange.is_ended or is_late or exchange.deadline <= time.monotonic():
            return exchange.late(self._endpoint.name)
        if isinstance(error, EndpointError):
            return error
        if isinstance(error, ssl.SSLCertVerificationError):
            return self._failed("has a certificate that nobody vouches for", TELL_OPERATOR)
        return self._failed("broke off", ASK_LATER)

    def _failed(self, says: str, remedy: str) -> EndpointFailedError:
        return EndpointFailedError(f"The endpoint {self._endpoint.name} {says}.", remedy)


def _printable(line: str) -> str:
    r"""Return the beginning of a line without control characters.

    >>> _printable("a\tb")
    'a b'
    """
    shown = "".join(each if each.isprintable() else " " for each in line).strip()
    return shown if len(shown) <= FIRST_LINE else f"{shown[:FIRST_LINE]}..."

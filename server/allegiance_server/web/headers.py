"""The headers that every response has, and those that let pages elsewhere read from here.

Specification of the latter: https://fetch.spec.whatwg.org/#http-cors-protocol
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["CORS", "READ_HEADERS", "SECURITY_HEADERS", "GuardHeaders", "preflight_headers"]

Headers = tuple[tuple[bytes, bytes], ...]

# Nothing comes from elsewhere, and no script stands in a page: text of the graph cannot become one.
CONTENT_SECURITY_POLICY: Final = (
    b"default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    b"object-src 'none'"
)
SECURITY_HEADERS: Final[Headers] = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
)
# What is read here is public and the same for everybody: any page may read it, never with
# credentials.
CORS: Final[Headers] = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"ETag, Link, Location, Retry-After"),
)
# What a response to a read has beside the headers of its own.
READ_HEADERS: Final[Headers] = SECURITY_HEADERS + CORS

REQUEST_HEADERS: Final = (
    b"Accept, Accept-Language, Cache-Control, Content-Type, If-Modified-Since, If-None-Match, "
    b"User-Agent, X-Requested-With"
)
PREFLIGHT_S: Final = b"86400"
READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
PRIVATE: Final = ("/admin", "/metrics", "/reconcile/decisions")


def preflight_headers(methods: Iterable[str]) -> Headers:
    """Return the headers of the answer, a 204, to OPTIONS: asked by a browser or by anyone.

    `methods` are those that read; a browser then sends no other from a page elsewhere.
    """
    names = ", ".join(methods).encode()
    return (
        *READ_HEADERS,
        (b"allow", names),
        (b"access-control-allow-methods", names),
        (b"access-control-allow-headers", REQUEST_HEADERS),
        (b"access-control-max-age", PREFLIGHT_S),
    )


class GuardHeaders:
    """Add the headers to every response of an application: to reads those for pages elsewhere.

    A header that a response has already stays as it is.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on, and add the headers on the way back."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_read = scope["method"] in READING and not _is_private(scope["path"])
        added = READ_HEADERS if is_read else SECURITY_HEADERS

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = list(message.get("headers", ()))
                names = {name for name, _ in own}
                message["headers"] = own + [each for each in added if each[0] not in names]
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _is_private(path: str) -> bool:
    """Tell whether an address is for operators.

    >>> _is_private("/admin/queries"), _is_private("/administrators")
    (True, False)
    """
    return any(path == each or path.startswith(f"{each}/") for each in PRIVATE)

"""The bearer tokens of those who may write or administer: only their hashes are known here.

Specification: RFC 6750, https://www.rfc-editor.org/rfc/rfc6750
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING, Final

from allegiance_server.errors import TokenMissingError, TokenRefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["hashed", "new_token", "require_token"]

TOKEN_BYTES: Final = 32


def new_token() -> str:
    """Make a random token that nobody guesses: 256 bits, in characters that any shell takes."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def hashed(token: str) -> str:
    """Return the sha256 of a token in hexadecimal: the form in which the settings keep it.

    >>> hashed("open sesame")[:16]
    '41ef4bb0b23661e6'
    """
    return hashlib.sha256(token.encode()).hexdigest()


def require_token(headers: Mapping[str, str], sha256_hex: str) -> None:
    """Let pass whoever sends the token of this hash; header names are in lower case.

    The time that it takes tells nothing of the token. Raises TokenMissingError where no bearer
    token is sent, TokenRefusedError for another one, and for every one where the hash is empty.
    """
    if not sha256_hex:
        detail = "This is switched off: the server has no token for it."
        remedy = "Whoever runs it makes one with `allegiance token` and puts its hash in a setting."
        raise TokenRefusedError(detail, remedy)
    scheme, _, token = headers.get("authorization", "").strip().partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        detail = "This needs a token."
        raise TokenMissingError(detail, "Send it in the header `Authorization: Bearer ...`.")
    if not hmac.compare_digest(hashed(token).encode(), sha256_hex.lower().encode()):
        detail = "The token that was sent is not the one that is needed."
        raise TokenRefusedError(detail, "Ask whoever runs this server for it.")

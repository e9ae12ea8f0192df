"""The choice of the content encoding by Accept-Encoding.

Specification: RFC 9110, section 12.5.3, https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3
An element whose weight is no number from 0 to 1 is disregarded.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, Literal

from allegiance_server.errors import NotAcceptableError
from allegiance_server.protocol.media_types import media_type_of, split_list, weight_of

__all__ = ["Encoding", "negotiate"]

Encoding = Literal["identity", "gzip", "zstd"]

# In order of preference: the first one wins where the client does not care.
OFFERS: Final[tuple[Encoding, ...]] = ("zstd", "gzip", "identity")
# Nobody needs a longer header; whoever sends one gets what everybody can read.
LONGEST_HEADER: Final = 1024


@lru_cache(maxsize=512)
def negotiate(accept_encoding: str | None) -> Encoding:
    """Choose the encoding that the client likes best of those offered.

    Without the header nothing is encoded: a client that knows of encodings says so. Raises
    NotAcceptableError only where the client rules out identity and all else that is offered.

    >>> negotiate("gzip, br;q=0.9")
    'gzip'
    """
    # White space around a value is none of it, and parsers differ in whether they keep it.
    header = (accept_encoding or "").strip()
    weights = _weights(header if len(header) <= LONGEST_HEADER else "identity")
    # What is not named is as good as `*`; identity is allowed unless it is ruled out.
    rest = weights.get("*", 0.0)
    identity = weights.get("identity", rest if "*" in weights else 0.0001)
    quality = {name: weights.get(name, rest) for name in OFFERS} | {"identity": identity}
    best = max(OFFERS, key=lambda name: quality[name])
    if quality[best] == 0:
        detail = "None of the content encodings asked for is offered."
        raise NotAcceptableError(detail, f"Accept one of {', '.join(OFFERS)}.")
    return best


def _weights(header: str) -> dict[str, float]:
    weights: dict[str, float] = {}
    for element in split_list(header):
        name, parameters = media_type_of(element)
        weight = weight_of(parameters.get("q", "1"))
        if weight is not None:
            weights["gzip" if name == "x-gzip" else name] = weight
    return weights

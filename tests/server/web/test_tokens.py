"""Only who sends the token of a hash passes, and only the hash is known here."""

from __future__ import annotations

import re

import pytest

from allegiance_server.errors import TokenMissingError, TokenRefusedError
from allegiance_server.web.tokens import hashed, new_token, require_token

TOKEN = "open sesame"  # noqa: S105 - of no server
# printf 'open sesame' | sha256sum
SHA256 = "41ef4bb0b23661e66301aac36066912dac037827b4ae63a7b1165a5aa93ed4eb"


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_token_of_the_hash_passes(scheme: str) -> None:
    """The scheme is compared without case, as HTTP says; the hash, too, may be in either."""
    require_token({"authorization": f"{scheme} {TOKEN}"}, SHA256)
    require_token({"authorization": f"{scheme}  {TOKEN} "}, SHA256.upper())


@pytest.mark.parametrize("headers", [{}, {"authorization": ""}, {"authorization": "Bearer "}])
def test_no_token_is_told_apart_from_a_wrong_one(headers: dict[str, str]) -> None:
    """Who sends none is told how to send one."""
    with pytest.raises(TokenMissingError, match="Authorization: Bearer"):
        require_token(headers, SHA256)


def test_other_scheme_is_no_token() -> None:
    """A name and password are no token, be they the right words."""
    with pytest.raises(TokenMissingError):
        require_token({"authorization": f"Basic {TOKEN}"}, SHA256)


@pytest.mark.parametrize("token", ["open", "open sesame!", SHA256, "ö"])
def test_wrong_token_is_refused_and_not_repeated(token: str) -> None:
    """Any other token, the hash itself among them, is refused without being shown."""
    with pytest.raises(TokenRefusedError) as refused:
        require_token({"authorization": f"Bearer {token}"}, SHA256)
    assert f" {token} " not in str(refused.value)


@pytest.mark.parametrize(
    "headers", [{}, {"authorization": "Bearer x"}, {"authorization": "Bearer"}]
)
def test_without_a_hash_nobody_passes(headers: dict[str, str]) -> None:
    """An empty hash is no hash of anything: what it guards is switched off."""
    with pytest.raises(TokenRefusedError, match="switched off"):
        require_token(headers, "")


def test_new_tokens_are_long_and_differ() -> None:
    """A token has 256 random bits in characters of which no shell makes anything else."""
    made = {new_token() for _ in range(50)}
    assert len(made) == 50
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", each) for each in made)


def test_hash_is_the_one_that_others_compute() -> None:
    """The hash is plain sha256 of the token's bytes."""
    assert hashed(TOKEN) == SHA256

"""The list of endpoints that SERVICE may call is understood in full, or refused."""

from __future__ import annotations

import pytest

from allegiance_server.endpoints import Endpoint, read_endpoints
from allegiance_server.errors import SettingsError
from allegiance_server.settings import Settings

PEER = "peer=https://peer.example/sparql"


def test_list_of_endpoints() -> None:
    """Names and addresses come in pairs; spaces and an empty member mean nothing."""
    assert read_endpoints(f" {PEER} , wd=http://[::1]:8080/a%20b,, ") == (
        Endpoint("peer", "https://peer.example/sparql"),
        Endpoint("wd", "http://[::1]:8080/a%20b"),
    )


def test_no_endpoint_by_default() -> None:
    """Whoever sets nothing allows nothing."""
    assert Settings().endpoints == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("https://peer.example/sparql", "where a name belongs"),
        ("Peer=https://peer.example/", "'Peer' where a name belongs"),
        ("peer=ftp://peer.example/", "neither http:// nor https://"),
        ("peer=file:///etc/passwd", "neither http:// nor https://"),
        ("peer=//peer.example/", "neither http:// nor https://"),
        ("peer=http:///sparql", "neither http:// nor https://"),
        ("peer=", "neither http:// nor https://"),
        ("peer=https://peer.example:port/", "cannot be read"),
        ("peer=https://peer.example/?a=b", "more in it than"),
        ("peer=https://peer.example/#a", "more in it than"),
        ("peer=https://peer.example/a b", "more in it than"),
        ("peer=https://péer.example/", "beyond ASCII"),
        (f"{PEER},peer=https://other.example/", "the name peer twice"),
        (f"{PEER},other=https://peer.example/sparql", "peer.example/sparql twice"),
        (",".join(f"p{n}=http://p{n}.example/" for n in range(25)), "lists 25 endpoints"),
    ],
)
def test_what_is_no_endpoint_is_refused(text: str, says: str) -> None:
    """The server does not start with a list of which it understands a part."""
    with pytest.raises(SettingsError, match="federation_endpoints") as refused:
        Settings(federation_endpoints=text, federation_contact="graph@example.org")
    assert says in refused.value.detail


def test_password_is_refused_unseen() -> None:
    """Clients are told the addresses: none may have a secret in it, nor may the error."""
    with pytest.raises(SettingsError, match="user or a password") as refused:
        read_endpoints("peer=https://me:secret@peer.example/")
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("contact", ["", "me", "me@example.org\r\nX: y", "mé@example.org"])
def test_endpoints_need_a_contact(contact: str) -> None:
    """Who asks others tells them whom to write to, in one line of a header."""
    with pytest.raises(SettingsError, match="without federation_contact"):
        Settings(federation_endpoints=PEER, federation_contact=contact)

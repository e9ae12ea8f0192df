"""Settings are read from the environment, and none is taken that the server cannot work with."""

from __future__ import annotations

import pytest

from allegiance_server.errors import SettingsError
from allegiance_server.settings import Settings


def test_environment_overrides_defaults() -> None:
    """A variable with the prefix sets the field of its name; other variables set nothing."""
    settings = Settings.from_env(
        {
            "ALLEGIANCE_PORT": "9000",
            "ALLEGIANCE_QUERY_TIMEOUT_S": "2.5",
            "ALLEGIANCE_HOST": "::1",
            "PORT": "1",
        }
    )
    assert (settings.port, settings.query_timeout_s, settings.host) == (9000, 2.5, "::1")
    assert settings.max_query_bytes == 65536


def test_value_that_is_no_number_names_its_variable() -> None:
    """The error names the variable, so that the operator finds it."""
    with pytest.raises(SettingsError, match=r"ALLEGIANCE_WORKERS is 'two'\. Give a whole number"):
        Settings.from_env({"ALLEGIANCE_WORKERS": "two"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("workers", 0),
        ("port", 65536),
        ("query_timeout_s", 0),
        ("query_timeout_s", float("nan")),
        ("max_query_bytes", 65537),
        ("worker_memory_bytes", 1024),
    ],
)
def test_value_out_of_bounds_is_refused(name: str, value: float) -> None:
    """No setting is taken beyond its bounds; a query longer than the stack bears is beyond them."""
    with pytest.raises(SettingsError, match=f"setting {name} is"):
        Settings(**{name: value})  # type: ignore[arg-type]  # one of them is no whole number


HASH = "0" * 64
WRITABLE = {"writable": True, "write_token_sha256": HASH, "commit_dir": "commits"}


def test_writable_server_is_complete() -> None:
    """With a token and a folder, a server may be writable."""
    assert Settings(**WRITABLE).writable  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["write_token_sha256", "commit_dir"])
def test_writable_server_needs_token_and_folder(name: str) -> None:
    """Nobody opens the graph to everyone, or to nowhere, by forgetting a setting."""
    with pytest.raises(SettingsError, match=f"writable without {name}"):
        Settings(**{**WRITABLE, name: ""})  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["admin_token_sha256", "write_token_sha256"])
@pytest.mark.parametrize("value", ["secret", "0" * 63, "0" * 65, "g" * 64])
def test_token_in_place_of_its_hash_is_refused_unseen(name: str, value: str) -> None:
    """What is no sha256 may be the token itself: it is refused and not shown."""
    with pytest.raises(SettingsError, match=f"{name} is no sha256") as refused:
        Settings(**{name: value})  # type: ignore[arg-type]
    assert value not in str(refused.value)


def test_proxies_are_addresses_or_networks() -> None:
    """An address is a network of one; spaces and an empty member mean nothing."""
    settings = Settings(trusted_proxies="10.0.0.1, 192.168.7.5/16,,2001:db8::/32")
    assert [str(each) for each in settings.trusted_networks] == [
        "10.0.0.1/32",
        "192.168.0.0/16",
        "2001:db8::/32",
    ]
    assert Settings().trusted_networks == ()


@pytest.mark.parametrize("value", ["proxy.example.org", "*", "10.0.0.1/33", "10.0.0.1;10.0.0.2"])
def test_proxy_that_is_no_address_is_refused(value: str) -> None:
    """A name, which somebody may point elsewhere, is no proxy that is believed."""
    with pytest.raises(SettingsError, match="setting trusted_proxies"):
        Settings(trusted_proxies=value)


@pytest.mark.parametrize("value", ["https://kg.example.org", "http://[::1]:8000/kg/"])
def test_public_address_is_taken(value: str) -> None:
    """The public address is one of the web, with a path or without."""
    assert Settings(public_url=value).public_url == value


@pytest.mark.parametrize(
    "value",
    ["kg.example.org", "ftp://a", "https://", "http://a?b", "http://a#b", "http://[", "http://a\n"],
)
def test_public_address_that_is_none_is_refused(value: str) -> None:
    """It will stand in links: what makes none is refused at the start."""
    with pytest.raises(SettingsError, match="setting public_url"):
        Settings(public_url=value)

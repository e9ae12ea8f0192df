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

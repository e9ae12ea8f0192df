"""Each setting has a flag, which wins over its variable, which wins over the default."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner

from allegiance_server.flags import GroupedCommand, chosen_settings, settings_flags
from allegiance_server.settings import EXPLANATIONS, Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMES = [each.name for each in fields(Settings)]


def settings_of(arguments: list[str], environ: Mapping[str, str]) -> Settings:
    """Return the settings that a command gets."""
    found: list[Settings] = []

    @click.command(cls=GroupedCommand)
    @settings_flags
    def command(**flags: object) -> None:
        found.append(chosen_settings(flags, environ))

    CliRunner().invoke(command, arguments, catch_exceptions=False, standalone_mode=False)
    return found[0]


def help_text() -> str:
    """Return the help of a command with all flags."""

    @click.command(cls=GroupedCommand)
    @settings_flags
    def command(**_: object) -> None:
        pass

    return CliRunner().invoke(command, ["--help"], terminal_width=200).output


def test_every_setting_is_explained_once() -> None:
    """The table of explanations has each field, and no other name."""
    explained = [name for group in EXPLANATIONS.values() for name in group]
    assert sorted(explained) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_has_a_flag_in_the_help(name: str) -> None:
    """The help shows each flag with its explanation and its default."""
    entry = re.search(
        rf"^  --{name.replace('_', '-')}[ /].*?(?=^  --|^$)", help_text(), re.MULTILINE | re.DOTALL
    )
    assert entry is not None
    assert "[default: " in entry[0]


@pytest.mark.parametrize("group", EXPLANATIONS)
def test_help_is_in_groups(group: str) -> None:
    """The name of each group stands above its flags."""
    lines = help_text().splitlines()
    first = next(iter(EXPLANATIONS[group])).replace("_", "-")
    assert lines[lines.index(f"{group}:") + 1].startswith(f"  --{first}")


@pytest.mark.parametrize(
    ("arguments", "environ", "expected"),
    [
        ([], {}, 30.0),
        ([], {"ALLEGIANCE_QUERY_TIMEOUT_S": "5"}, 5.0),
        (["--query-timeout-s", "7"], {"ALLEGIANCE_QUERY_TIMEOUT_S": "5"}, 7.0),
        (["--query-timeout-s", "7"], {"ALLEGIANCE_QUERY_TIMEOUT_S": "soon"}, 7.0),
    ],
)
def test_flag_wins_over_variable_over_default(
    arguments: list[str], environ: dict[str, str], expected: float
) -> None:
    """What is nearest to the person who starts the server decides; the rest is not even read."""
    assert settings_of(arguments, environ).query_timeout_s == expected


@pytest.mark.parametrize(
    ("arguments", "expected"), [([], True), (["--no-writable"], False), (["--writable"], True)]
)
def test_switch_has_two_flags(arguments: list[str], *, expected: bool) -> None:
    """What a variable has switched on, a flag switches off."""
    environ = {
        "ALLEGIANCE_WRITABLE": "1",
        "ALLEGIANCE_WRITE_TOKEN_SHA256": "0" * 64,
        "ALLEGIANCE_COMMIT_DIR": "commits",
    }
    assert settings_of(arguments, environ).writable is expected


def test_settings_that_need_each_other_may_come_from_both() -> None:
    """What is checked is the whole of flags and variables, not each for itself."""
    environ = {"ALLEGIANCE_WRITABLE": "1", "ALLEGIANCE_COMMIT_DIR": "commits"}
    assert settings_of(["--write-token-sha256", "0" * 64], environ).writable


@pytest.mark.parametrize("value", ["many", "1.5", ""])
def test_flag_that_is_no_number_is_wrong_use(value: str) -> None:
    """The command line says so before anything is started."""
    with pytest.raises(click.BadParameter):
        settings_of(["--workers", value], {})

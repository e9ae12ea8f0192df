"""The settings as flags of a command: one for each field, shown in groups."""

from __future__ import annotations

from dataclasses import MISSING, Field, fields
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from allegiance_server.settings import EXPLANATIONS, GIB, KIB, MIB, Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["GroupedCommand", "chosen_settings", "settings_flags"]

TYPES: Final = MappingProxyType({"int": click.INT, "float": click.FLOAT})
# Defaults that differ from machine to machine are told in words.
FACTORIES: Final = MappingProxyType({"workers": "the processors that it may use"})
UNITS: Final = ((GIB, "GiB"), (MIB, "MiB"), (KIB, "KiB"), (1, "bytes"))
HELP: Final = MappingProxyType(
    {name: told for group in EXPLANATIONS.values() for name, told in group.items()}
)

Decorated = TypeVar("Decorated", bound="Callable[..., Any]")


class GroupedCommand(click.Command):
    """Show the flags of the settings under the names of their groups."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the command's own options first."""
        records = {each.name: each.get_help_record(ctx) for each in self.get_params(ctx)}
        own = [told for name, told in records.items() if name not in HELP and told]
        with formatter.section("Options"):
            formatter.write_dl(own)
        for group, names in EXPLANATIONS.items():
            with formatter.section(group):
                formatter.write_dl([told for name in names if (told := records[name])])


def settings_flags(command: Decorated) -> Decorated:
    """Give a command a flag for each setting.

    Flags that are not given are None, so that the variable or the default decides.
    """
    for each in reversed(fields(Settings)):
        command = _flag(each)(command)
    return command


def chosen_settings(flags: Mapping[str, Any], environ: Mapping[str, str]) -> Settings:
    """Make the settings: a flag wins over a variable, a variable over the default.

    Raises SettingsError for a value that the server cannot work with.
    """
    given = {name: value for name, value in flags.items() if value is not None}
    return Settings.from_env(environ, given)


def _flag(setting: Field[Any]) -> Callable[[Decorated], Decorated]:
    dashed = setting.name.replace("_", "-")
    told = f"{HELP[setting.name]}  [default: {_default(setting)}]"
    if setting.type == "bool":
        return click.option(f"--{dashed}/--no-{dashed}", default=None, help=told)
    kind = TYPES.get(str(setting.type), click.STRING)
    return click.option(f"--{dashed}", setting.name, type=kind, default=None, help=told)


def _default(setting: Field[Any]) -> str:
    value = setting.default
    if value is MISSING:
        return FACTORIES[setting.name]
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) and setting.name.endswith("_bytes"):
        return f"{value} ({_in_units(value)})"
    return f"{value:g}" if isinstance(value, float) else str(value) or "empty"


def _in_units(byte_count: int) -> str:
    """Write a number of bytes as people say it.

    >>> _in_units(64 * MIB)
    '64 MiB'
    """
    size, unit = next(each for each in UNITS if byte_count % each[0] == 0)
    return f"{byte_count // size} {unit}"

"""The options of the commands that ask Wikidata's API."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from allegiance.bundle import build_folder
from allegiance.wikidata.entity_api import WIKIDATA_API, EntityApi

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from allegiance.bundle import Bundle

__all__ = ["api_options", "chosen_api", "journal_file", "tell"]


def api_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options --contact, --endpoint, --pause and --timeout."""
    for option in (
        click.option("--timeout", default=60.0, show_default=True, help="Seconds for one request."),
        click.option(
            "--pause", default=1.0, show_default=True, help="Seconds between two requests."
        ),
        click.option("--endpoint", default=WIKIDATA_API, show_default=True, help="The API to ask."),
        click.option(
            "--contact",
            envvar="ALLEGIANCE_CONTACT",
            default="",
            help="Whom Wikidata's operators can write to: an e-mail address or a page.",
        ),
    ):
        command = option(command)
    return command


def chosen_api(contact: str, endpoint: str, pause: float, timeout: float) -> EntityApi:
    """Return the API that the options name; raises UsageError for what they cannot be."""
    return EntityApi(contact, endpoint, pause, timeout, warn=tell)


def journal_file(bundle: Bundle) -> Path:
    """Return where answers are kept until a fetch is done; its lock lets one command ask at a time.

    Two would ask twice as often as Wikidata wants.
    """
    return build_folder(bundle, os.environ) / "wikidata-fetch.jsonl"


def tell(sentence: str) -> None:
    """Say something on standard error."""
    click.echo(f"allegiance: {sentence}", err=True)

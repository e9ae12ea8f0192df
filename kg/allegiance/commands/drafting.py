"""The command `new`: start a source document from a saved page."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from allegiance.commands.options import chosen_bundle, root_option
from allegiance.drafting.filing import start_document
from allegiance.drafting.header import Wishes
from allegiance.errors import UsageError

if TYPE_CHECKING:
    from allegiance.bundle import Bundle
    from allegiance.drafting.filing import Filed

__all__ = ["new"]

_TYPES = (
    *("NewsArticle", "AnalysisNewsArticle", "BackgroundNewsArticle", "OpinionNewsArticle"),
    "ReportageNewsArticle",
)


@click.command(
    "new",
    epilog="Example: allegiance new ~/saved/page.html --url https://www.rnz.co.nz/news/1234. "
    "Nothing is fetched, and nothing that is there is overwritten.",
)
@click.argument("page", type=click.Path(path_type=Path))
@click.option(
    "--id", "name", metavar="SLUG", help="The document's id; by default outlet and title."
)
@click.option("--url", help="The page's address, where the page itself does not tell.")
@click.option("--title", help="The title, where it is not that of the page or the first line.")
@click.option("--language", default="en", show_default=True)
@click.option("--type", "kind", type=click.Choice(_TYPES), default=_TYPES[0], show_default=True)
@click.option("--outlet", metavar="ID", help="Who published it; by default from the address.")
@click.option(
    "--published", metavar="DATE", help="When, as EDTF: 2024-10-02, 2024-10, 2024-10-02~."
)
@click.option(
    "--captures",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the text goes, which git does not keep; by default captures/ of the checkout.",
)
@root_option
def new(  # noqa: PLR0913, PLR0917 - one argument for each option of the command line
    page: Path,
    name: str | None,
    url: str | None,
    title: str | None,
    language: str,
    kind: str,
    outlet: str | None,
    published: str | None,
    captures: Path | None,
    root: Path | None,
) -> None:
    """Draft a source document from PAGE, a saved page (.html) or a text file.

    Each sentence gets candidate claims, all of them drafts, or a line that says that it has none.
    """
    bundle = _checkout(root)
    wishes = Wishes(name, kind, title, language, outlet, published, url)
    folder = captures or bundle.root / "captures"
    today = datetime.datetime.now(tz=datetime.UTC).date()
    click.echo(_told(start_document(bundle, page, wishes, folder, today), bundle, folder))


def _checkout(root: Path | None) -> Bundle:
    bundle = chosen_bundle(root)
    if not (bundle.root / "kg" / "rules").is_dir() or bundle.root.name == "_bundle":
        message = "The data of an installed package are not for writing. Name a checkout: --root"
        raise UsageError(message)
    return bundle


def _told(filed: Filed, bundle: Bundle, folder: Path) -> str:
    document, draft = bundle.relative(filed.document), filed.draft
    counts = f"{draft.claims} claims proposed, {draft.unclaimed} sentences listed without one"
    lines = [
        f"Made {document}: {counts}.",
        f"Made {bundle.relative(filed.capture)}, and its entry in kg/data/captures.yaml.",
    ]
    if filed.unknown_author is not None:
        lines.append(
            f"The register knows no {filed.unknown_author}: add the author to "
            "kg/data/actors/people.yaml, and `author:` to the document."
        )
    steps = (
        (
            f"Read each claim in {document} beside its sentence. Correct it and remove "
            "`review: draft`, or delete it."
        ),
        "Give each `draft:` under `unclaimed` a claim, or a reason such as heading or repetition.",
        (
            f"allegiance evidence --locate --captures {bundle.relative(folder)}; "
            f"allegiance fmt; allegiance validate {document}"
        ),
    )
    lines += ["Next:", *(f"  {number}. {step}" for number, step in enumerate(steps, 1))]
    return "\n".join(lines)

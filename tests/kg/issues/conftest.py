"""The texts of issues, as GitHub makes them from the answers to a form."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

CLAIM = {
    "Address of the page": "https://reed.example/news/1",
    "Title of the document": "Who helps the Reed Front?",
    "Outlet": "Daily Reed",
    "Date of publication": "2024-10-02",
    "The page's words for that date": "",
    "Author": "",
    "Language": "en",
    "Kind of document": "NewsArticle: news",
    "What the document says": "Arcadia gives money to the Reed Front.",
    "Quotation": "Arcadia has backed the Reed Front",
    "In whose voice": "asserted: the document says so itself",
    "Who is said to say so": "",
    "What it is about": "patronage: backing an armed group (patron, client, mode)",
    "Who has which part": "```text\npatron: Arcadia\nclient: Front of the Reeds\n```",
}


def write_issue(answers: dict[str, str]) -> str:
    """Write a text as GitHub does: heading, blank line, answer; windows line ends."""
    return "\r\n\r\n".join(
        f"### {label}\r\n\r\n{answer or '_No response_'}" for label, answer in answers.items()
    )


@pytest.fixture
def issue() -> Callable[..., str]:
    """Give the writer of an issue for a claim; `changes` are answers by the label of the field."""

    def write(changes: dict[str, str] | None = None) -> str:
        return write_issue(CLAIM | (changes or {}))

    return write


@pytest.fixture
def document_issue() -> str:
    """Give the text of an issue that proposes a document."""
    answers = dict(list(CLAIM.items())[:8]) | {"Why it belongs here": "It names who helps."}
    return write_issue(answers)

"""Read a saved page or text file into the normalised text that becomes the capture.

Nothing is fetched: bytes go in, text comes out. What was done to the text is told in one sentence
that is kept with the capture, since every offset counts characters of this text.
"""

from __future__ import annotations

import re
import stat
import unicodedata
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

from allegiance.errors import UsageError

if TYPE_CHECKING:
    import datetime
    from pathlib import Path

__all__ = ["SavedPage", "normalised", "read_page"]

_CAP = 5_000_000
_TITLE = 200
_HEAD = 4096
_HTML_ENDINGS = frozenset({".html", ".htm", ".xhtml"})
_LOOKS_LIKE_HTML = re.compile(
    rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype html|html)\b", re.IGNORECASE | re.DOTALL
)
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_LINE_ENDS = re.compile(r"\r\n|[\r\v\f\x85\u2028\u2029]")
_JOINERS = "\u200c\u200d"
_LEFT_OUT = frozenset({"Cc", "Cf", "Co", "Cn", "Cs"})
_DONE = "UTF-8, line feeds, plain spaces; invisible and private-use characters left out."


@dataclass(frozen=True, slots=True)
class SavedPage:
    """Hold a page's text and what its metadata say of it; None is what they do not say."""

    text: str
    normalisation: str
    title: str
    author: str | None = None
    published: str | None = None
    url: str | None = None
    site: str | None = None


def read_page(path: Path, today: datetime.date) -> SavedPage:
    """Read a saved page (.html) or text file of at most 5 MB.

    No date after `today` is believed of a page. Raises UsageError, with the remedy, for whatever
    cannot be read as text.
    """
    data = _bytes(path)
    if b"\0" in data:
        message = f"{path} is binary. Save the page as .html, or its text as .txt in UTF-8."
        raise UsageError(message)
    is_html = path.suffix.lower() in _HTML_ENDINGS or _LOOKS_LIKE_HTML.match(data[:_HEAD])
    page = _html_page(path, data, today) if is_html else _text_page(path, data)
    if not any(sign.isalnum() for sign in page.text):
        message = f"{path} holds no text. Save the page whole, or copy its text into a .txt file."
        raise UsageError(message)
    return page


def normalised(text: str) -> str:
    r"""Bring a text into the form in which its characters are counted.

    >>> normalised("A\u00a0line\r\nsoft\u00adened\tby\u200b signs")
    'A line\nsoftened by signs'
    """
    lines = _LINE_ENDS.sub("\n", text).replace("\t", " ")
    return "".join(_normal(sign) for sign in lines)


def _normal(sign: str) -> str:
    if sign == "\n" or sign in _JOINERS or (sign.isascii() and sign.isprintable()):
        return sign
    category = unicodedata.category(sign)
    if category == "Zs":
        return " "
    return "" if category in _LEFT_OUT else sign


def _bytes(path: Path) -> bytes:
    try:
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            message = f"{path} is a symbolic link. Name the file itself."
            raise UsageError(message)
        if not stat.S_ISREG(status.st_mode):
            message = f"{path} is no file. Name one saved page (.html) or text file (.txt)."
            raise UsageError(message)
        with path.open("rb") as stream:
            # One byte more than the cap tells a longer file, however long it is.
            data = stream.read(_CAP + 1)
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror}. Check the path and its rights."
        raise UsageError(message) from error
    if len(data) > _CAP:
        message = f"{path} is larger than 5 MB. Copy the article's text into a .txt file."
        raise UsageError(message)
    if not data.strip():
        message = f"{path} is empty. Save the page again."
        raise UsageError(message)
    return data


def _text_page(path: Path, data: bytes) -> SavedPage:
    text = normalised(_decoded(path, data, "utf-8"))
    return SavedPage(text, f"Text file as saved; {_DONE}", _first_line(text))


def _html_page(path: Path, data: bytes, today: datetime.date) -> SavedPage:
    # Here, since they take half a second to import, and no other command needs them.
    import trafilatura  # noqa: PLC0415

    named = _CHARSET.search(data[:_HEAD])
    source = _decoded(path, data, named[1].decode("ascii") if named else "utf-8")
    try:
        found = trafilatura.bare_extraction(
            source,
            with_metadata=True,
            include_comments=False,
            include_tables=False,
            date_extraction_params={
                "extensive_search": False,
                "original_date": True,
                "max_date": today.isoformat(),
            },
        )
    except RecursionError as error:
        message = f"{path} is nested too deeply. Copy the article's text into a .txt file."
        raise UsageError(message) from error
    if found is None or isinstance(found, dict):
        message = f"{path} holds no article that can be told from the page around it. "
        raise UsageError(message + "Copy the article's text into a .txt file.")
    text = normalised(found.text or "")
    return SavedPage(
        text=text,
        normalisation=f"Main text by trafilatura {version('trafilatura')}; {_DONE}",
        title=_cut(normalised(found.title or "")) or _first_line(text),
        author=found.author,
        published=found.date,
        url=found.url,
        site=found.sitename,
    )


def _decoded(path: Path, data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding).removeprefix("\ufeff")
    except (UnicodeDecodeError, LookupError) as error:
        message = f"{path} is not {encoding.upper()} throughout. Save it as UTF-8."
        raise UsageError(message) from error


def _first_line(text: str) -> str:
    return _cut(next((line for line in text.split("\n") if line.strip()), ""))


def _cut(title: str) -> str:
    words = " ".join(title.split())
    return words if len(words) <= _TITLE else words[:_TITLE].rpartition(" ")[0] or words[:_TITLE]

"""The cells of a table of links: tab-separated, quoted where a spreadsheet has quoted them.

https://mapping-commons.github.io/sssom/spec-formats-tsv/ takes over the quotes of RFC 4180.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["cell_of", "cell_text", "is_metadata"]

_QUOTED: Final = re.compile(r'"((?:[^"]|"")*)"')


def cell_text(cell: str) -> str | None:
    r"""Return what a cell says, without the quotes around it; None where they do not close.

    >>> cell_text('"rigour, ""ROR"" and I"')
    'rigour, "ROR" and I'
    >>> cell_text('"Leader" of Iran') is None
    True
    """
    if not cell.startswith('"'):
        return cell
    found = _QUOTED.fullmatch(cell)
    return None if found is None else found[1].replace('""', '"')


def cell_of(text: str) -> str:
    r"""Write a text as a cell; it is quoted only where it would be taken for a quoted one.

    >>> cell_of('"a" b') == '"' + '""a""' + ' b"'
    True
    >>> cell_of('b "a"')
    'b "a"'
    """
    doubled = text.replace('"', '""')
    return f'"{doubled}"' if text.startswith('"') else text


def is_metadata(line: str) -> bool:
    """Tell whether a line says something of the table; spreadsheets quote such lines, too."""
    return line.startswith(("#", '"#'))

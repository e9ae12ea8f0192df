"""Make the error of a query that does not parse."""

from __future__ import annotations

from allegiance.query_syntax import read_fault
from allegiance_server.errors import QueryNotParsedError

__all__ = ["not_parsed"]


def not_parsed(message: str) -> QueryNotParsedError:
    """Make the error of a query that does not parse, from the parser's message.

    >>> not_parsed("error at 1:17: expected one of FILTER, ['0'..='9'], GRAPH").detail
    'The query stops being SPARQL at line 1, column 17; expected there: FILTER or GRAPH.'
    """
    fault = read_fault(message)
    return QueryNotParsedError(fault.detail, fault.remedy, fault.line, fault.column)

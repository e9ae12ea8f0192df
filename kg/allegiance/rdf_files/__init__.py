"""Judge a contribution that is written in RDF, together with the graph as it is.

Such a file goes through the same gate as a file of kg/data, and does not enter the build.
"""

from __future__ import annotations

from allegiance.rdf_files.reading import SUFFIXES, RdfFile, is_rdf_file, read_rdf
from allegiance.rdf_files.validating import validate_rdf

__all__ = ["SUFFIXES", "RdfFile", "is_rdf_file", "read_rdf", "validate_rdf"]

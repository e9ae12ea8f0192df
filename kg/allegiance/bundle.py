"""Find the ontology, the shapes, the data and the questions, in a checkout or in a wheel."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from allegiance.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Bundle", "build_folder", "bundle_at", "default_bundle"]

_INSTALLED = "_bundle"


@dataclass(frozen=True, slots=True)
class Bundle:
    """Name the folders that a build reads; all of them lie under one root."""

    root: Path

    @property
    def ontology(self) -> Path:
        """Return the folder of the ontology's Turtle files."""
        return self.root / "ontology"

    @property
    def shapes(self) -> Path:
        """Return the folder of the SHACL files."""
        return self.root / "shapes"

    @property
    def data(self) -> Path:
        """Return the folder where contributors work."""
        return self.root / "kg" / "data"

    @property
    def actors(self) -> Path:
        """Return the folder of the register: actors, places, topics."""
        return self.data / "actors"

    @property
    def sources(self) -> Path:
        """Return the folder of the documents and their claims."""
        return self.data / "sources"

    @property
    def schema(self) -> Path:
        """Return the folder of the format: frames, JSON Schemas, JSON-LD context."""
        return self.data / "schema"

    @property
    def queries(self) -> Path:
        """Return the folder of the named questions."""
        return self.root / "kg" / "queries"

    @property
    def rules(self) -> Path:
        """Return the folder of the rules that build the view and the inferred edges."""
        return self.root / "kg" / "rules"

    def relative(self, path: Path) -> str:
        """Write a path as seen from the root, or as it is where it lies elsewhere.

        A symbolic link is named by where it stands, not by where it leads.

        >>> bundle_at(Path("/data")).relative(Path("/data/kg/data/captures.yaml"))
        'kg/data/captures.yaml'
        """
        try:
            whole = path.parent.resolve() / path.name if path.is_symlink() else path.resolve()
            return whole.relative_to(self.root.resolve()).as_posix()
        except ValueError:
            return path.as_posix()


def bundle_at(root: Path) -> Bundle:
    """Return the bundle under a root, without asking whether it is complete."""
    return Bundle(root)


def build_folder(bundle: Bundle, environment: Mapping[str, str]) -> Path:
    """Return where snapshots go: ALLEGIANCE_BUILD_DIR, the checkout's build/ or a cache."""
    chosen = environment.get("ALLEGIANCE_BUILD_DIR")
    if chosen:
        return Path(chosen)
    if bundle.root.name != _INSTALLED:
        return bundle.root / "build"
    cache = environment.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "allegiance"


def default_bundle() -> Bundle:
    """Return the checkout that this package is run from, or else the data in the wheel.

    Raises UsageError where neither is there, which means a broken installation.
    """
    package = Path(__file__).resolve().parent
    for root in (package.parent.parent, package / _INSTALLED):
        if (root / "kg" / "data" / "sources").is_dir() and (root / "ontology").is_dir():
            return Bundle(root)
    message = (
        f"The ontology and the data are neither beside {package} nor inside it. "
        "Install the package again, or run it from a checkout."
    )
    raise UsageError(message)

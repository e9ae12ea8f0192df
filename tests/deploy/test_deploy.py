"""What `deploy/` holds fits the service, as far as that can be seen without containers."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest
import yaml

from allegiance_server.settings import EXPLANATIONS, Settings

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
VARIABLES = {f"ALLEGIANCE_{each.name.upper()}" for each in fields(Settings)}
OTHERS = {"ALLEGIANCE_BUILD_DIR", "ALLEGIANCE_SNAPSHOT", "ALLEGIANCE_DEBUG"}
PIN = re.compile(r"^([a-z0-9._-]+)(?:\[\w+\])?==(\S+)", re.MULTILINE)


def pins(file: Path) -> dict[str, str]:
    """Return the versions that a lock file names."""
    return dict(PIN.findall(file.read_text(encoding="utf-8")))


def test_image_has_the_versions_that_are_tested() -> None:
    """Each library of the image is one of those of the development, in the same version."""
    image = pins(DEPLOY / "requirements.lock")
    assert len(image) > 30
    assert image.items() <= pins(ROOT / "requirements.lock").items()


def test_image_has_what_the_package_needs_and_no_tools() -> None:
    """The dependencies of the package are in, those of its tests are not."""
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    needed = project.split("\ndependencies = [")[1].split("]")[0]
    image = pins(DEPLOY / "requirements.lock")
    names = re.findall(r'^  "([a-z0-9.-]+)', needed, re.MULTILINE)
    assert {name.replace(".", "-") for name in names} <= set(image)
    assert not {"pytest", "ruff", "mypy", "pandas"} & set(image)


def test_lock_file_of_the_image_names_hashes_and_no_host() -> None:
    """Every requirement has a hash, and no index host is named."""
    text = (DEPLOY / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in text
    assert text.count(" \\\n    --hash=sha256:") >= len(pins(DEPLOY / "requirements.lock"))


def test_variables_that_are_set_exist() -> None:
    """Image, compose file and page name no variable that nobody reads."""
    for name in ("Dockerfile", "compose.yaml", "README.md"):
        text = (DEPLOY / name).read_text(encoding="utf-8")
        named = set(re.findall(r"ALLEGIANCE_[A-Z0-9_]+", text))
        assert named, name
        assert named <= VARIABLES | OTHERS, name


def test_settings_of_the_replicas_are_taken() -> None:
    """The server would start with what the compose file gives the replicas."""
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    settings = Settings.from_env(compose["services"]["replica-a"]["environment"])
    subnet = compose["networks"]["inside"]["ipam"]["config"][0]["subnet"]
    assert [str(each) for each in settings.trusted_networks] == [subnet]
    assert float(compose["services"]["replica-a"]["stop_grace_period"].rstrip("s")) > (
        settings.shutdown_grace_s
    )


@pytest.mark.parametrize("group", EXPLANATIONS)
def test_page_explains_every_setting(group: str) -> None:
    """Each setting stands in the table of its group with the words of the help and its default."""
    page = (DEPLOY / "README.md").read_text(encoding="utf-8")
    for name, told in EXPLANATIONS[group].items():
        assert f"| `{name}` | {told.replace('|', '/')} |" in page, name


def test_proxy_waits_longer_than_the_service() -> None:
    """A query may wait as long as it may run: it is the service that ends it, and says so."""
    conf = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    found = re.search(r"proxy_read_timeout (\d+)s;", conf)
    assert found is not None
    assert float(found[1]) > 2 * Settings().query_timeout_s


def test_image_is_built_of_what_is_copied() -> None:
    """What the wheel is made of is not left out of the build, and nothing else is let in."""
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    assert ignored[0] == "*"
    let_in = {line[1:] for line in ignored if line.startswith("!")}
    assert let_in >= {"kg", "server", "ontology", "shapes", "pyproject.toml", "README.md"}
    assert all((ROOT / name).exists() for name in let_in)

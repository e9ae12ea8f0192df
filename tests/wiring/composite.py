"""Run the scripts of the action as GitHub would: in bash, with an environment of their own."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")


@dataclass(frozen=True, slots=True)
class Repository:
    """A git repository in a temporary folder, made without any configuration of the user's."""

    root: Path

    def git(self, *arguments: str) -> str:
        """Run git and return what it prints."""
        who = ("-c", "user.name=Test", "-c", "user.email=test@example.org")
        done = subprocess.run(
            ["git", *who, *arguments],
            cwd=self.root,
            env=plain_environment(self.root.parent),
            capture_output=True,
            check=True,
            text=True,
        )
        return done.stdout.strip()

    def commit(self, message: str) -> str:
        """Commit everything and return the commit's name."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        return self.git("rev-parse", "HEAD")


@dataclass(slots=True)
class ActionRun:
    """Run the steps of a composite action; steps of other actions are told by their outputs."""

    action: Path
    workspace: Path
    temporary: Path
    inputs: Mapping[str, str] = field(default_factory=dict)
    event: Mapping[str, str] = field(default_factory=dict)
    stubs: Mapping[str, str] = field(default_factory=dict)
    log: str = ""
    conclusion: str = "success"
    outputs: dict[str, str] = field(default_factory=dict)
    ran: list[str] = field(default_factory=list)

    @property
    def summary(self) -> str:
        """Return what the steps wrote for the page of the run."""
        file = self.temporary / "step-summary"
        return file.read_text(encoding="utf-8") if file.exists() else ""

    def run(self) -> ActionRun:
        """Run step after step until one fails; `stubs` replaces scripts by the name of the step."""
        described = yaml.load(self.action.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 - makes texts only
        for name, spec in described["inputs"].items():
            self.outputs[f"inputs.{name}"] = self.inputs.get(name, spec["default"])
        for step in described["runs"]["steps"]:
            if self.conclusion == "success" and self._wanted(step.get("if", "")):
                self._step(step)
        self.outputs |= {
            name: self._filled(spec["value"]) for name, spec in described["outputs"].items()
        }
        return self

    def _step(self, step: Mapping[str, object]) -> None:
        if "run" not in step:
            return
        name = str(step["name"])
        self.ran.append(name)
        written = self.temporary / f"output-{len(self.ran)}"
        written.touch()
        given = step.get("env", {})
        assert isinstance(given, dict)
        done = subprocess.run(
            ["/bin/bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", self._script(step)],
            cwd=self.workspace,
            env=self._environment(written) | {k: self._filled(v) for k, v in given.items()},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            text=True,
        )
        self.log += done.stdout
        self.conclusion = "success" if done.returncode == 0 else f"failure ({done.returncode})"
        for line in written.read_text(encoding="utf-8").splitlines():
            key, _, value = line.partition("=")
            self.outputs[f"steps.{step.get('id')}.outputs.{key}"] = value

    def _script(self, step: Mapping[str, object]) -> str:
        return self.stubs.get(str(step["name"]), str(step["run"]))

    def _environment(self, written: Path) -> dict[str, str]:
        return plain_environment(self.temporary) | {
            "GITHUB_OUTPUT": str(written),
            "GITHUB_STEP_SUMMARY": str(self.temporary / "step-summary"),
            "GITHUB_WORKSPACE": str(self.workspace),
            # The tree belongs to somebody else, as it does in a container.
            "GIT_TEST_ASSUME_DIFFERENT_OWNER": "1",
        }

    def _filled(self, text: str) -> str:
        return _EXPRESSION.sub(lambda found: self._value(found[1]), text)

    def _value(self, expression: str) -> str:
        known = {
            "github.action_path": str(self.action.parent),
            "runner.temp": str(self.temporary),
            "runner.os": "Linux",
            "steps.python.outputs.python-path": sys.executable,
            **{f"github.event.{key}": value for key, value in self.event.items()},
            **self.outputs,
        }
        return next((v for part in expression.split(" || ") if (v := known.get(part, ""))), "")

    def _wanted(self, condition: str) -> bool:
        return all(self._holds(part) for part in condition.split(" && ") if part)

    def _holds(self, condition: str) -> bool:
        left, operator, right = (
            condition.partition(" != ") if "!=" in condition else (condition.partition(" == "))
        )
        assert operator, f"conditions of the action are comparisons: {condition}"
        return (self._value(left) == right.strip("'")) is (operator == " == ")


def plain_environment(home: Path) -> dict[str, str]:
    """Return an environment that knows nothing of the user who runs the tests."""
    return {
        "HOME": str(home),
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
    }

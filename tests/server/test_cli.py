"""The console command returns an exit code that means something, and serves until told to end."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
import httpx
import pytest

from allegiance.errors import DataError, UsageError
from allegiance.snapshot import open_snapshot
from allegiance_server import cli
from allegiance_server.settings import Settings
from allegiance_server.web.app import create_app
from allegiance_server.web.tokens import require_token

if TYPE_CHECKING:
    from collections.abc import Iterator

SNAPSHOT = Path(__file__).with_name("snapshot")
SERVE_TINY = ("serve", "--port", "0", "--snapshot", str(SNAPSHOT))
SERVE = "import sys; from allegiance_server.cli import main; sys.exit(main())"


@contextmanager
def started(*options: str, **environment: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run `allegiance serve` on a free port; give the process and the address that it printed."""
    command = [sys.executable, "-c", SERVE, "serve", "--port", "0", *options]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "ALLEGIANCE_WORKERS": "2", **environment},
    ) as process:
        assert process.stdout is not None
        try:
            found = re.search(r"http://\S+/", process.stdout.readline())
            yield process, found[0] if found else ""
        finally:
            process.kill()


def descendants(pid: int) -> set[int]:
    """Return the children of a process, their children, and so on."""
    found: set[int] = set()
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, children.read_text(encoding="ascii").split()):
            found |= {child} | descendants(child)
    return found


def is_gone(pid: int) -> bool:
    """Tell whether a process has ended, be it buried or not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(") ", 1)[1][0] == "Z"
    except OSError:
        return True


@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_no_process_outlives_the_server(signal_number: signal.Signals) -> None:
    """However the server ends, even killed in the middle of a query, its processes end too."""
    with started("--snapshot", str(SNAPSHOT)) as (process, address):
        patterns = " . ".join(f"?a{i} ?b{i} ?c{i}" for i in range(12))
        with (
            httpx.Client(timeout=0.2) as client,
            pytest.raises(httpx.ReadTimeout),
        ):
            client.post(
                f"{address}sparql", data={"query": f"SELECT (COUNT(*) AS ?n) {{ {patterns} }}"}
            )
        processes = descendants(process.pid)
        assert len(processes) >= 2
        process.send_signal(signal_number)
        process.wait(timeout=10)
        end = time.monotonic() + 5
        while not all(map(is_gone, processes)):
            assert time.monotonic() < end
            time.sleep(0.01)
    if signal_number == signal.SIGINT:
        assert process.returncode == cli.OK


def test_serve_prints_a_query_to_try() -> None:
    """What is printed is an address that answers and a command that can be pasted."""
    with started("--snapshot", str(SNAPSHOT)) as (process, address):
        assert process.stdout is not None
        command = process.stdout.readline().strip()
        assert httpx.get(f"{address}health").json()["snapshot"] == "tiny"
        assert command.startswith("curl ")
        assert command.endswith(f"{address}sparql")
        assert "query=SELECT DISTINCT ?ally { id:iran al:alliedWith" in command


def test_busy_port_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    """A port that is taken is told before anything starts, with what to do."""
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = str(holder.getsockname()[1])
        assert cli.main(["serve", "--port", port, "--snapshot", str(SNAPSHOT)]) == cli.WRONG_USE
    told = capsys.readouterr().err
    assert f"Port {port}" in told
    assert "--port" in told


def test_answers_are_sent_at_once() -> None:
    """The listening socket names TCP, without which asyncio lets every answer wait for 40 ms."""
    with cli.listening_socket("127.0.0.1", 0) as listener:
        listener.listen()
        with socket.create_connection(listener.getsockname()) as visitor:
            accepted, _ = listener.accept()
            with accepted:
                assert accepted.proto == socket.IPPROTO_TCP
                assert visitor.getpeername() == listener.getsockname()


def test_graph_that_cannot_be_loaded_is_told_in_a_line(tmp_path: Path) -> None:
    """A broken graph ends the start with its reason and without a traceback."""
    (tmp_path / "graph.nq").write_text("no graph\n", encoding="utf-8")
    (tmp_path / "manifest.json").write_text('{"snapshot": "x", "format": 1}', encoding="utf-8")
    with started("--snapshot", str(tmp_path)) as (process, address):
        assert address == ""
        _, told = process.communicate(timeout=10)
        assert process.returncode == cli.WRONG_USE
    assert "The graph cannot be loaded" in told
    assert "Traceback" not in told


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--help"], cli.OK),
        (["serve", "--help"], cli.OK),
        ([], cli.WRONG_USE),
        (["no-such-command"], cli.WRONG_USE),
        (["serve", "--port", "65536"], cli.WRONG_USE),
        (["serve", "--port", "0", "--snapshot", "no-such-folder"], cli.WRONG_USE),
        (["serve", "--workers", "many"], cli.WRONG_USE),
        (["serve", "--writable"], cli.WRONG_USE),
        ([*SERVE_TINY, "--query-log", "no-such-folder/log"], cli.WRONG_USE),
        (["token"], cli.OK),
    ],
)
def test_use_decides_the_exit_code(
    arguments: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Help is well, whatever cannot be understood is wrong use."""
    assert cli.main(arguments) == code
    output = capsys.readouterr()
    assert output.out if code == cli.OK else output.err
    assert "Traceback" not in output.err


def test_setting_out_of_bounds_is_wrong_use(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A variable that the server cannot work with is named."""
    monkeypatch.setenv("ALLEGIANCE_WORKERS", "0")
    assert cli.main(["serve"]) == cli.WRONG_USE
    assert "workers is 0" in capsys.readouterr().err


def test_flag_of_a_setting_reaches_the_server() -> None:
    """What a flag of `serve` says, against its variable, holds for the server."""
    options = ("--snapshot", str(SNAPSHOT), "--workers", "1", "--query-timeout-s", "0.05")
    with started(*options, ALLEGIANCE_QUERY_TIMEOUT_S="60") as (_, address):
        # One, and the one in reserve if it is there already.
        assert httpx.get(f"{address}health").json()["workers"] in {1, 2}
        patterns = " . ".join(f"?a{i} ?b{i} ?c{i}" for i in range(12))
        response = httpx.post(
            f"{address}sparql", data={"query": f"SELECT (COUNT(*) AS ?n) {{ {patterns} }}"}
        )
        assert response.status_code == 504


def test_proxy_that_is_not_named_is_not_believed() -> None:
    """Uvicorn believes whoever connects from this machine; the service does not."""
    app = create_app(Settings(), open_snapshot(SNAPSHOT), ())
    assert cli.server_config(app, Settings()).proxy_headers is False


def test_token_is_shown_once_with_its_hash(capsys: pytest.CaptureFixture[str]) -> None:
    """What is printed is a token and the sha256 that lets it pass; each call makes another."""
    assert cli.main(["token"]) == cli.OK
    output = capsys.readouterr()
    (_, made), (_, sha256) = (line.split() for line in output.out.splitlines())
    require_token({"authorization": f"Bearer {made}"}, sha256)
    assert "ALLEGIANCE_ADMIN_TOKEN_SHA256" in output.err
    assert made not in output.err
    cli.main(["token"])
    assert made not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (None, cli.OK),
        (SystemExit(1), cli.FINDINGS),
        (DataError([]), cli.FINDINGS),
        (UsageError("wrong"), cli.WRONG_USE),
        (KeyboardInterrupt(), cli.INTERRUPTED),
        (ZeroDivisionError("oops"), cli.OUR_FAULT),
    ],
)
def test_end_of_a_command_decides_the_exit_code(
    outcome: BaseException | None, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a command of the package ends in has its code."""
    monkeypatch.setattr(cli, "_commands", lambda: group_that_ends_in(outcome))
    assert cli.main(["run"]) == code


def test_fault_is_one_line_unless_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An unforeseen error is told in one line that says how to see the traceback."""
    monkeypatch.setattr(cli, "_commands", lambda: group_that_ends_in(ZeroDivisionError("oops")))
    cli.main(["run"])
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "ZeroDivisionError: oops" in told
    monkeypatch.setenv("ALLEGIANCE_DEBUG", "1")
    cli.main(["run"])
    assert "Traceback" in capsys.readouterr().err


def group_that_ends_in(outcome: BaseException | None) -> click.Group:
    """Make a group with one command, `run`, that raises what it is given."""

    @click.command("run")
    def run() -> None:
        if outcome is not None:
            raise outcome

    group = click.Group("allegiance")
    group.add_command(run)
    return group

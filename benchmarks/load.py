"""Ask a server as fast as it answers, by wrk, and read rates, percentiles and errors.

Requests are written out byte by byte, since the order of headers that wrk itself would choose
differs from run to run, and an address is not the same as another to a cache that reads bytes.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from exchanges import Target

__all__ = ["THREADS", "Load", "MissingToolError", "Reading", "check_tool", "run", "version"]

TOOL: Final = "wrk"
JSON_RESULTS: Final = "application/sparql-results+json"
# Longer than any cell: a slow answer is a long latency, and no error of the client.
PATIENCE_S: Final = 120
THREADS: Final = 2
MILLION: Final = 1_000_000

SCRIPT: Final = r"""
local threads = 0
local requests, order, position = {}, {}, 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

function init(args)
  for path in io.lines(args[1]) do
    requests[#requests + 1] = "GET " .. path .. " HTTP/1.1\r\nHost: " .. args[3] ..
      "\r\nAccept: " .. args[4] .. "\r\n\r\n"
  end
  for place in io.lines(args[2]) do order[#order + 1] = tonumber(place) end
  position = (tonumber(args[5]) + math.floor(number * #order / tonumber(args[6]))) % #order
end

function request()
  position = position + 1
  if position > #order then position = 1 end
  return requests[order[position]]
end

function done(summary, latency, _)
  local errors = summary.errors
  io.write(string.format(
    '{"requests": %d, "microseconds": %d, "bytes": %d, "p50": %d, "p99": %d, "max": %d, ' ..
    '"connect": %d, "read": %d, "write": %d, "status": %d, "timeout": %d}\n',
    summary.requests, summary.duration, summary.bytes,
    latency:percentile(50), latency:percentile(99), latency.max,
    errors.connect, errors.read, errors.write, errors.status, errors.timeout))
end
"""


class MissingToolError(Exception):
    """Tell that the load generator is not installed, and how to get it."""


@dataclass(frozen=True, slots=True)
class Load:
    """Hold what is asked, by how many connections at once, and for how long.

    `order` gives places in `queries`; empty: one after the other. Up to THREADS threads of the
    client share the order out evenly; each leaves out the `first` ones of its share.
    """

    queries: Sequence[str]
    connections: int
    seconds: int
    order: Sequence[int] = ()
    first: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """Hold what was read off. Latencies are in microseconds.

    `errors` counts by kind what went wrong: connect, read, write, timeout, and status, which are
    all answers of 400 and above.
    """

    requests: int
    seconds: float
    byte_count: int
    p50_us: int
    p99_us: int
    max_us: int
    errors: dict[str, int]

    @property
    def rate(self) -> float:
        """Return the answers a second."""
        return self.requests / self.seconds

    @property
    def bytes_per_answer(self) -> float:
        """Return the bytes that came for an answer, with headers; 0 where none came."""
        return self.byte_count / self.requests if self.requests else 0


def check_tool() -> None:
    """Raise MissingToolError where wrk is not installed."""
    if shutil.which(TOOL) is None:
        message = f"{TOOL} is not installed. On Debian: apt-get install {TOOL}."
        raise MissingToolError(message)


def version() -> str:
    """Return the version of wrk."""
    printed = subprocess.run([TOOL, "-v"], check=False, capture_output=True, text=True).stdout
    found = re.search(r"\d[\w.]*", printed)
    return found[0] if found else "unknown"


def run(target: Target, load: Load) -> Reading:
    """Put a load on a server and return what came of it."""
    with tempfile.TemporaryDirectory() as folder:
        script, paths, order = (Path(folder) / name for name in ("load.lua", "paths", "order"))
        script.write_text(SCRIPT, encoding="ascii")
        lines = [f"{target.query_path}?{urlencode({'query': each})}\n" for each in load.queries]
        paths.write_text("".join(lines), encoding="ascii")
        places = load.order or range(len(lines))
        order.write_text("".join(f"{place + 1}\n" for place in places), encoding="ascii")
        host = f"{target.address[0]}:{target.address[1]}"
        threads = min(THREADS, load.connections)
        options = [f"-t{threads}", f"-c{load.connections}", f"-d{load.seconds}s"]
        command = [TOOL, *options, "--timeout", f"{PATIENCE_S}s", "-s", str(script)]
        arguments = [str(paths), str(order), host, JSON_RESULTS, str(load.first), str(threads)]
        done = subprocess.run(
            [*command, f"http://{host}", "--", *arguments],
            check=False,
            capture_output=True,
            text=True,
        )
    line = next((line for line in done.stdout.splitlines() if line.startswith("{")), None)
    if line is None:  # it could not even connect
        return Reading(0, load.seconds, 0, 0, 0, 0, {"connect": load.connections})
    return _read(json.loads(line))


def _read(fields: dict[str, int]) -> Reading:
    kinds = ("connect", "read", "write", "status", "timeout")
    return Reading(
        requests=fields["requests"],
        seconds=fields["microseconds"] / MILLION,
        byte_count=fields["bytes"],
        p50_us=fields["p50"],
        p99_us=fields["p99"],
        max_us=fields["max"],
        errors={kind: fields[kind] for kind in kinds if fields[kind]},
    )

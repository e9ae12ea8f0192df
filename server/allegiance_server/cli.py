"""The console command `allegiance`: the commands of the package, `serve` and `token`."""

from __future__ import annotations

import logging
import math
import os
import socket
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from allegiance.errors import AllegianceError, DataError
from allegiance_server.flags import GroupedCommand, chosen_settings, settings_flags

if TYPE_CHECKING:
    import uvicorn

    from allegiance.snapshot import Snapshot
    from allegiance_server.settings import Settings
    from allegiance_server.web.front import Front

__all__ = ["FINDINGS", "OK", "OUR_FAULT", "WRONG_USE", "listening_socket", "main", "server_config"]

OK: Final = 0
FINDINGS: Final = 1
WRONG_USE: Final = 2
OUR_FAULT: Final = 3
# What a shell expects of a program that Ctrl-C ended.
INTERRUPTED: Final = 130

DEBUG: Final = "ALLEGIANCE_DEBUG"
# Longer than the patience of proxies in front, so that it is they who close a connection.
KEEP_ALIVE_S: Final = 75


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit code.

    0: all is well; 1: there are findings; 2: wrong use; 3: a fault of this program, told in one
    line, with its traceback if ALLEGIANCE_DEBUG=1.
    """
    try:
        returned = _commands().main(args=arguments, prog_name="allegiance", standalone_mode=False)
    except SystemExit as done:
        return done.code if isinstance(done.code, int) else OK
    except click.Abort:
        return INTERRUPTED
    except click.ClickException as error:
        error.show()
        return WRONG_USE
    except AllegianceError as error:
        return _refuse(error)
    except Exception as error:  # noqa: BLE001 - the last place that can turn a fault into one line
        return _confess(error)
    return returned if isinstance(returned, int) else OK


def _commands() -> click.Group:
    # Imported here so that a fault in any command's imports is told like every other fault.
    from allegiance.commands import command_group  # noqa: PLC0415

    group = command_group()
    group.add_command(serve)
    group.add_command(token)
    return group


def _refuse(error: AllegianceError) -> int:
    from allegiance.commands import error_text  # noqa: PLC0415

    click.echo(error_text(error), err=True)
    return FINDINGS if isinstance(error, DataError) else WRONG_USE


def _confess(error: Exception) -> int:
    if os.environ.get(DEBUG) == "1":
        traceback.print_exception(error)
    else:
        click.echo(
            f"allegiance: a fault of this program: {type(error).__name__}: {error}. "
            f"Set {DEBUG}=1 to see where.",
            err=True,
        )
    return OUR_FAULT


@click.command(
    cls=GroupedCommand,
    epilog="Each setting is a variable, too: --query-timeout-s is ALLEGIANCE_QUERY_TIMEOUT_S. "
    "A flag wins over its variable.    Example: allegiance serve --port 8080",
)
@click.option(
    "--snapshot",
    "snapshot_path",
    envvar="ALLEGIANCE_SNAPSHOT",
    type=click.Path(path_type=Path),
    help="Folder of a snapshot to serve.  [default: the current data, built where needed]",
)
@click.option(
    "--build-dir",
    type=click.Path(path_type=Path),
    help="Folder where snapshots of the current data are.  [default: as for `build`]",
)
@settings_flags
def serve(snapshot_path: Path | None, build_dir: Path | None, **flags: object) -> int:
    """Answer SPARQL queries and show the pages, until Ctrl-C."""
    # Imported here: the other commands start faster without the web framework.
    from allegiance.questions import load_questions  # noqa: PLC0415
    from allegiance_server.web.app import create_app  # noqa: PLC0415

    settings = chosen_settings(flags, os.environ)
    with listening_socket(settings.host, settings.port) as listener:
        snapshot = _snapshot(snapshot_path, build_dir)
        return _run(create_app(settings, snapshot, load_questions()), settings, listener)


@click.command()
def token() -> int:
    """Make a token for an operator or a writer. It is shown only now: the server keeps its hash."""
    from allegiance_server.web.tokens import hashed, new_token  # noqa: PLC0415

    made = new_token()
    click.echo(f"token   {made}")
    click.echo(f"sha256  {hashed(made)}")
    click.echo(
        "Keep the token for yourself, and send it as `Authorization: Bearer ...`.\n"
        "Put its sha256 in ALLEGIANCE_ADMIN_TOKEN_SHA256 or ALLEGIANCE_WRITE_TOKEN_SHA256.",
        err=True,
    )
    return OK


def _snapshot(directory: Path | None, build_dir: Path | None) -> Snapshot:
    """Open the snapshot of a folder, or that of the current data."""
    from allegiance.build import ensure_snapshot  # noqa: PLC0415
    from allegiance.bundle import build_folder, default_bundle  # noqa: PLC0415
    from allegiance.snapshot import open_snapshot  # noqa: PLC0415

    if directory is not None:
        return open_snapshot(directory)
    bundle = default_bundle()
    return ensure_snapshot(bundle, build_dir or build_folder(bundle, os.environ))


def server_config(app: Front, settings: Settings) -> uvicorn.Config:
    """Configure uvicorn to have each connection answered by our own protocol."""
    import uvicorn  # noqa: PLC0415

    from allegiance_server.web.connection import Connection  # noqa: PLC0415

    return uvicorn.Config(
        app,
        http=Connection,
        loop="uvloop",
        log_level="warning",
        server_header=False,
        # Uvicorn would believe whoever connects from this machine; `web/clients.py` decides.
        proxy_headers=False,
        lifespan="on",
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=math.ceil(settings.shutdown_grace_s),
    )


def listening_socket(host: str, port: int) -> socket.socket:
    """Take the port before anything else is started; raises ClickException where it is not free."""
    try:
        return _bound(host, port)
    except OSError as error:
        message = (
            f"Port {port} of {host} cannot be used: {error.strerror}. "
            "Choose another with --port, or end the program that holds it."
        )
        raise click.ClickException(message) from None


def _bound(host: str, port: int) -> socket.socket:
    """Bind a socket that names its protocol.

    Only where it is named does asyncio set TCP_NODELAY, without which each answer waits for 40 ms.
    """
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP
    )[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError:
        listener.close()
        raise
    return listener


def _run(app: Front, settings: Settings, listener: socket.socket) -> int:
    import uvicorn  # noqa: PLC0415

    class AnnouncingServer(uvicorn.Server):
        """Say where the server is once it answers, or raise what stops it from starting."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            logging.disable(logging.ERROR)
            try:
                await super().startup(sockets)
            except SystemExit:
                raise (app.start_error or RuntimeError("the server did not start")) from None
            finally:
                logging.disable(logging.NOTSET)
            _announce(listener)

    server = AnnouncingServer(server_config(app, settings))
    with suppress(KeyboardInterrupt):  # uvicorn has stopped in good order before it passes it on
        server.run(sockets=[listener])
    return OK


def _announce(listener: socket.socket) -> None:
    host, port = listener.getsockname()[:2]
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    query = "SELECT DISTINCT ?ally { id:iran al:alliedWith/rdfs:label ?ally } ORDER BY ?ally"
    click.echo(f"Allegiance answers at {address}/ (end it with Ctrl-C). Try:")
    click.echo(f"  curl -H 'Accept: text/csv' --data-urlencode 'query={query}' {address}/sparql")
    sys.stdout.flush()

"""`halo exec`: run a command with its exporter pointed here."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from urllib.parse import urlsplit

import click

from halo_dash.cli.options import config_option, settings_from
from halo_dash.config import environment
from halo_dash.config.exporters import Protocol, environment_for
from halo_dash.errors import UsageError

_DEFAULT_PROTOCOL: Protocol = "http/protobuf"
"""The one that every SDK speaks without a further package."""


@click.command("exec", context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.option(
    "--endpoint", metavar="URL", help="The collector to send to (default: the one that is configured)."
)
@click.option(
    "--protocol",
    type=click.Choice(["http/protobuf", "http/json", "grpc"]),
    default=_DEFAULT_PROTOCOL,
    show_default=True,
    help="How to send.",
)
@click.option(
    "--service-name", metavar="NAME", help="Name to send as (default: the project's name in halo.toml)."
)
@config_option
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def exec_(
    endpoint: str | None,
    protocol: Protocol,
    service_name: str | None,
    config: str | None,
    command: tuple[str, ...],
) -> int:
    """Run a command that sends its traces here: halo exec -- python agent.py

    Sets the OTEL_* variables for the command and returns its exit code. A service name that is already
    set is kept.
    """
    settings = settings_from(config=config)
    variables = environment()
    if endpoint is None and settings.collector_port == 0:
        raise UsageError("The collector has no fixed port here.", hint="Say where it is: --endpoint URL")
    target = endpoint or settings.collector_url
    given = environment_for(target, protocol=protocol, token=settings.token)
    # Signal-specific settings would win over the general ones and send the traces elsewhere.
    for name in ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"):
        variables.pop(name, None)
    variables |= given
    service = service_name or variables.get("OTEL_SERVICE_NAME") or settings.project
    if service:
        variables["OTEL_SERVICE_NAME"] = service
    program = shutil.which(command[0], path=variables.get("PATH"))
    if program is None:
        raise UsageError(
            f"There is no command {command[0]!r} to run.", hint="Check its spelling and your PATH."
        )
    if not _answers(target):
        click.echo(
            f"halo: nothing listens at {target} yet; start `halo serve`, or traces are lost.", err=True
        )
    return _become(program, command, variables)


def _answers(endpoint: str) -> bool:
    """Whether something accepts connections there."""
    try:
        target = urlsplit(endpoint)
        port = target.port or (443 if target.scheme == "https" else 80)
        with socket.create_connection((target.hostname or "", port), timeout=1):
            return True
    except (OSError, ValueError):
        return False


def _become(program: str, command: tuple[str, ...], variables: dict[str, str]) -> int:  # noqa: RET503 - execve never returns
    """Run the command in this process's place: signals, the terminal and the exit code are its own."""
    if sys.platform == "win32":  # there, replacing a process gives the terminal back too early
        return subprocess.run([program, *command[1:]], env=variables, check=False).returncode  # noqa: S603 - the user's command
    os.execve(program, [*command], variables)  # noqa: S606 - the user's command

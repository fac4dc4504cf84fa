"""`axis system`: the software that connects."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final

import typer

from axis.cli import options, portraits
from axis.cli.commands import command
from axis.cli.failures import Unable
from axis.cli.files import read_file, write_file
from axis.cli.opening import open_registrar, operator
from axis.cli.output import Label, Output
from axis.cli.words import CliCode
from axis.enrolment.amendments import SystemApplication
from axis.enrolment.registrar import KEY_OVERLAP, Entered, Instruction, Registrar
from routing.agencies import System
from signing.assertions import AssertionKey

group: Final = typer.Typer(help="Connected systems and their keys.")

PublicKey = Annotated[
    Path | None, typer.Option("--key", help="The system's public key: JWK, or PEM. The private one stays with it.")
]
NewKey = Annotated[
    Path | None,
    typer.Option("--new-key", help="Make a pair instead, and write the private key (JWK) here, for its owner alone."),
]
_OVERLAP_HOURS: Final = int(KEY_OVERLAP.total_seconds()) // 3600


@command(group, "add")
def add(
    output: Output,
    system_id: options.SystemArgument,
    *,
    agency: Annotated[str, typer.Option("--agency", metavar="ORGAN_ID", help="Who runs it and answers for it.")],
    name: Annotated[str, typer.Option("--name", help="What operators call it.")],
    reason: options.Reason,
    scope: Annotated[
        list[str] | None,
        typer.Option("--scope", metavar="ORGAN_ID", help="It acts for this agency and all below; its own unless said."),
    ] = None,
    exact_scope: Annotated[
        list[str] | None,
        typer.Option("--exact-scope", metavar="ORGAN_ID", help="It acts for this agency alone, not those below."),
    ] = None,
    key: PublicKey = None,
    new_key: NewKey = None,
    actor: options.Actor = None,
) -> None:
    """Register a connected system with its public key; it may call at once."""
    scopes = options.organ_ids(scope, "--scope")
    exact_scopes = options.organ_ids(exact_scope, "--exact-scope")
    home = options.organ_id(agency, "--agency")
    if not scopes and not exact_scopes:
        scopes = (home,)
    application = SystemApplication(options.system_id(system_id), home, name, scopes, exact_scopes)
    instruction = Instruction(actor or operator(), reason)
    with open_registrar() as registrar, _public_key(key, new_key) as octets:
        entered = registrar.add_system(application, octets, instruction=instruction)
    _show(output, entered, done=("Hệ thống đã đăng ký.", "The system is registered."))


@command(group, "show")
def show(
    output: Output,
    system_id: Annotated[
        str | None, typer.Argument(metavar="SYSTEM_ID", help="The system's id; without it, all are listed.")
    ] = None,
) -> None:
    """Show a system with its keys and history, or list all systems."""
    with open_registrar() as registrar, options.of_directory(system_id or ""):
        if system_id is None:
            systems = registrar.systems()
            listed = {"systems": [portraits.system(one) for one in systems]}
            output.give(listed, portraits.systems_shown(output, systems))
            return
        system, history = registrar.system(options.system_id(system_id))
    output.give(
        {"system": portraits.system(system), "history": portraits.history(history)},
        portraits.systems_shown(output, (system,)),
        portraits.keys_shown(output, system),
        portraits.history_shown(output, history),
    )


@command(group, "rotate-key")
def rotate_key(
    output: Output,
    system_id: options.SystemArgument,
    *,
    reason: options.Reason,
    key: PublicKey = None,
    new_key: NewKey = None,
    overlap_hours: Annotated[
        int, typer.Option("--overlap-hours", help="How long former keys go on; 0 for one that has leaked.")
    ] = _OVERLAP_HOURS,
    actor: options.Actor = None,
) -> None:
    """Give a system a new key from now on; its former keys end after the overlap."""
    instruction = Instruction(actor or operator(), reason)
    overlap = timedelta(hours=min(overlap_hours, 24 * 365))
    with open_registrar() as registrar, _public_key(key, new_key) as octets:
        entered = registrar.rotate_key(options.system_id(system_id), octets, overlap=overlap, instruction=instruction)
    _show(output, entered, done=("Khóa mới đã có hiệu lực.", "The new key is in force."))


@command(group, "suspend")
def suspend(
    output: Output, system_id: options.SystemArgument, *, reason: options.Reason, actor: options.Actor = None
) -> None:
    """Stop a system from calling; in force everywhere within 10 seconds."""
    instruction = Instruction(actor or operator(), reason)
    _move(
        output,
        system_id,
        instruction=instruction,
        how=Registrar.suspend_system,
        done=("Hệ thống đã bị tạm đình chỉ.", "The system is suspended."),
    )


@command(group, "restore")
def restore(
    output: Output, system_id: options.SystemArgument, *, reason: options.Reason, actor: options.Actor = None
) -> None:
    """Let a suspended system call again."""
    instruction = Instruction(actor or operator(), reason)
    _move(
        output,
        system_id,
        instruction=instruction,
        how=Registrar.restore_system,
        done=("Hệ thống đã được khôi phục.", "The system may call again."),
    )


@command(group, "remove")
def remove(
    output: Output, system_id: options.SystemArgument, *, reason: options.Reason, actor: options.Actor = None
) -> None:
    """Remove a system for ever. Its entry and history stay, and its id is never given again."""
    instruction = Instruction(actor or operator(), reason)
    _move(
        output,
        system_id,
        instruction=instruction,
        how=Registrar.remove_system,
        done=("Hệ thống đã bị gỡ bỏ.", "The system is removed."),
    )


def _move(
    output: Output, system_id: str, *, instruction: Instruction, how: Callable[..., Entered[System]], done: Label
) -> None:
    """Put a system into another state, in the way `how` of the registrar, and show it."""
    with open_registrar() as registrar:
        entered = how(registrar, options.system_id(system_id), instruction=instruction)
    _show(output, entered, done=done)


@contextmanager
def _public_key(key: Path | None, new_key: Path | None) -> Iterator[bytes]:
    """Yield the public key given, or that of a new pair whose private half was written first and stays on success."""
    if key is not None and new_key is None:
        yield read_file(key)
        return
    if new_key is None or key is not None:
        raise Unable(CliCode.VALUE_INVALID, "--key | --new-key", kind="--key FILE | --new-key FILE")
    if new_key.exists():
        raise Unable(CliCode.FILE_EXISTS, str(new_key))
    pair = AssertionKey.generate()
    write_file(new_key, pair.private_jwk().encode(), is_private=True)
    try:
        yield pair.public_jwk().encode()
    except BaseException:
        new_key.unlink()
        raise


def _show(output: Output, entered: Entered[System], *, done: Label) -> None:
    document = {"system": portraits.system(entered.entry), "version": entered.version, "changed": entered.is_change}
    output.give(
        document, done if entered.is_change else portraits.UNCHANGED, portraits.keys_shown(output, entered.entry)
    )

"""`axis seal`: the seals of an axis, the next one, and how those who pinned one get to it.

What takes hold of the axis itself is imported where it is used: connected systems have no use for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from axis.cli import options
from axis.cli.commands import command
from axis.cli.credentials import load_signer, open_client
from axis.cli.files import read_file, write_file
from axis.cli.output import Output
from axis.cli.profile import key_place, require_profile
from axis.cli.terms import SEALS
from axis.exchange.seals import KnownSeal
from signing.certificates import Certificate

group: Final = typer.Typer(help="The seals of the axis, and the change from one to the next.")


@command(group, "list")
def list_(output: Output) -> None:
    """List the seal in use, those announced, and those that sealed before, as the axis publishes them.

    All of it is public: AXIS_SEAL__CERTIFICATE_FILE and AXIS_SEAL__REGISTER_FOLDER suffice. Where the first is not set,
    the certificate is taken from the container or token with the key, which its password or PIN opens.
    """
    from axis.cli.seal_opening import open_register  # noqa: PLC0415 see the module's docstring

    seals = open_register().seals()
    columns = (
        ("Trạng thái", "State"),
        ("Chủ thể", "Subject"),
        ("Hiệu lực từ", "Valid from"),
        ("đến", "until"),
        ("SHA-256", "SHA-256"),
    )
    rows = [
        (
            output.pick(SEALS[one.state]),
            one.certificate.subject,
            one.certificate.not_before,
            one.certificate.not_after,
            one.certificate.fingerprint,
        )
        for one in seals
    ]
    output.give({"seals": [_document(one) for one in seals]}, output.table(columns, rows))


@command(group, "rotate")
def rotate(
    output: Output,
    *,
    key: Annotated[
        str,
        typer.Option("--key", metavar="FILE|URI", help="The next seal's key: PKCS#12, PEM, or a PKCS#11 URI."),
    ],
    certificate: Annotated[
        Path | None, typer.Option("--certificate", help="Its certificate and intermediates, PEM.")
    ] = None,
    password_file: Annotated[
        Path | None, typer.Option("--password-file", help="The password or PIN of --key, on the first line.")
    ] = None,
) -> None:
    """Announce the next seal: try it out, have the present one endorse it, and publish both. Safe on a running axis.

    Every process goes on to seal with the present key until it is restarted on settings that name the next one.
    """
    from axis.cli.seal_opening import announce_seal  # noqa: PLC0415 see the module's docstring

    successor = load_signer(key_place(key), certificate, password_file=password_file)
    seal = announce_seal(successor)
    output.give(
        _document(seal),
        (
            f"Đã công bố con dấu số kế tiếp: {seal.certificate.fingerprint}",
            f"The next seal is announced: {seal.certificate.fingerprint}",
        ),
        (
            "Khi các hệ thống đã nhận biết con dấu số này, khai báo khóa mới trong AXIS_SEAL__… và khởi động lại.",
            "When systems have followed, name its key in AXIS_SEAL__… and restart the processes one by one.",
        ),
    )


@command(group, "follow")
def follow(output: Output, *, profile: options.ProfileFile = None) -> None:
    """For connected systems: believe the axis's next seals where a pinned one endorsed them, and pin them too.

    They are added to the profile's `seal_certificates`. Ends with 5 where an endorsement does not hold; then nothing
    is pinned.
    """
    known = require_profile(profile)
    with open_client(known) as axis:
        found = axis.follow_seals()
    kept = _pin(known.seal_certificates, found)
    document = {
        "pinned": [{"sha256": one.fingerprint, "subject": one.subject} for one in found],
        "file": None if kept is None else str(kept),
    }
    if kept is None:
        output.give(document, ("Không có con dấu số mới.", "There is no new seal."))
        return
    output.give(
        document,
        *(f"{one.subject}  SHA-256 {one.fingerprint}" for one in found),
        (f"Đã ghim vào {kept}.", f"Pinned in {kept}."),
    )


def _pin(place: Path, found: Sequence[Certificate]) -> Path | None:
    """Return the file in which the certificates are now kept besides those pinned before; None for none."""
    if not found:
        return None
    added = b"".join(one.pem for one in found)
    if place.is_dir():
        file = place / f"seal-{found[-1].fingerprint[:16]}.pem"
        write_file(file, added)
        return file
    before = read_file(place)
    write_file(place, before + (b"" if before.endswith(b"\n") else b"\n") + added, replaces=True)
    return place


def _document(seal: KnownSeal) -> dict[str, object]:
    return {
        "state": seal.state.value,
        "sha256": seal.certificate.fingerprint,
        "subject": seal.certificate.subject,
        "not_before": seal.certificate.not_before,
        "not_after": seal.certificate.not_after,
        "endorsed_by": seal.endorsed_by,
    }

"""What `axis inbox pull` does with each delivery of a lease: one that fails keeps no other from its recipient."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from axis.cli import options
from axis.cli.exits import ExitCode
from axis.cli.failures import FORESEEN, Failure, SignatureRefused, failure_document, failure_lines, failure_of
from axis.cli.files import filling, write_file
from axis.cli.output import Label, Output, local
from axis.cli.packages import opened
from axis.cli.terms import MESSAGES, term
from axis.exchange.explaining_words import UNASKED, UNASKED_HERE
from axis.exchange.signature_words import finding_for
from axis.sdk import Axis, Lease, Offer, check_opened
from envelopes.model import Envelope
from envelopes.reader import read_package
from signing.keys import Signer
from signing.trust import TrustStore


@dataclass(frozen=True, slots=True)
class Clerk:
    """With what deliveries are acknowledged: the agency's key, and the anchors that senders are judged by, if any."""

    signer: Signer
    trust: TrustStore | None


@dataclass(frozen=True, slots=True)
class Taken:
    """A delivery on the disk. `is_judged` means that its sender's signature was judged here, and passed."""

    offer: Offer
    file: Path
    parts: tuple[Path, ...] = ()
    """The files that travelled beside the message, each by itself."""
    is_judged: bool = False
    acknowledged: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Missed:
    """A delivery that could not be dealt with, and where its package is kept if it came that far."""

    offer: Offer
    failure: Failure
    file: Path | None = None


@dataclass(slots=True)
class Haul:
    """What became of the deliveries of a lease; those in `failed` and `left` stay reserved until it ends."""

    taken: list[Taken] = field(default_factory=list)
    failed: list[Missed] = field(default_factory=list)
    left: list[Offer] = field(default_factory=list)


def take(output: Output, axis: Axis, *, lease: Lease, folder: Path, clerk: Clerk | None) -> Haul:
    """Return what became of every delivery of a lease; where the axis is out of reach, the rest is left alone."""
    haul = Haul()
    with output.bar(("Tải về", "Downloading"), len(lease.offers)) as bar:
        for number, offer in enumerate(lease.offers):
            _take_one(axis, offer, file=folder / f"{offer.delivery_id}.edxml", clerk=clerk, haul=haul)
            bar.advance()
            if haul.failed and haul.failed[-1].failure.exit_code is ExitCode.UNREACHABLE:
                haul.left.extend(lease.offers[number + 1 :])
                break
    return haul


def _take_one(axis: Axis, offer: Offer, *, file: Path, clerk: Clerk | None, haul: Haul) -> None:
    kept: Path | None = None
    try:
        with filling(file) as sink:
            axis.fetch_into(offer, sink)
        write_file(file.with_suffix(".json"), json.dumps(offer_document(offer), ensure_ascii=False, indent=1).encode())
        kept = file
        parts = tuple(_taken_apart(file))
        taken = Taken(offer, file, parts)
        haul.taken.append(taken if clerk is None else _acknowledged(axis, taken, clerk=clerk))
    except FORESEEN as error:
        haul.failed.append(Missed(offer, failure_of(error), kept))


def _taken_apart(file: Path) -> Iterator[Path]:
    """Write the files that travel beside the message of a package each to one of its own, and yield where.

    Their names are the sender's, made safe, behind their number: so none leads elsewhere, and none hides another.
    """
    with opened(file) as package:
        if package.parts is None:
            return
        message = read_package(package).message
        for number, attachment in enumerate(message.attachments if isinstance(message, Envelope) else (), 1):
            place = file.with_suffix(".files") / f"{number:02}-{attachment.name}"
            with attachment.open() as octets, filling(place) as sink:
                shutil.copyfileobj(octets, sink)
            yield place


def _acknowledged(axis: Axis, taken: Taken, *, clerk: Clerk) -> Taken:
    if clerk.trust is not None:
        with opened(taken.file) as package:
            verdict = check_opened(package, clerk.trust, at=options.present()).verdict
        if verdict.failure is not None:
            raise SignatureRefused((finding_for(verdict.failure),))
    answer = axis.acknowledge(taken.offer, clerk.signer)
    return replace(taken, is_judged=clerk.trust is not None, acknowledged=answer)


def show_haul(output: Output, lease: Lease, *, haul: Haul) -> None:
    """Tell what was taken, then every failure and what stays reserved."""
    document = {
        "lease_id": lease.lease_id,
        "leased_until": lease.until,
        "deliveries": [_taken_document(one) for one in haul.taken],
        "failed": [_missed_document(one) for one in haul.failed],
        "left": [offer_document(one) for one in haul.left],
    }
    output.give(document, *_shown(output, lease, haul=haul))
    if output.is_json:
        return
    for missed in haul.failed:
        output.remark(f"{missed.file or missed.offer.delivery_id}:", *failure_lines(missed.failure, output.language))
    reserved = [str(one.offer.delivery_id) for one in haul.failed] + [str(one.delivery_id) for one in haul.left]
    if reserved:
        until = (
            f"Chưa xác nhận, giữ riêng đến {local(lease.until)}:",
            f"Not acknowledged, reserved until {local(lease.until)}:",
        )
        output.remark(output.pick(until), *(f"  {one}" for one in reserved))


def _shown(output: Output, lease: Lease, *, haul: Haul) -> list[Any]:
    """Return what a person sees of the deliveries that were taken."""
    if not lease.offers:
        return [("Không có văn bản nào đang chờ.", "Nothing waits.")]
    if not haul.taken:
        return []
    columns = (("Bên gửi", "From"), ("Bên nhận", "To"), ("Loại", "Kind"), ("Trích yếu", "Subject"), ("Tệp", "File"))
    rows = []
    for one in haul.taken:
        offer, kind = one.offer, output.pick(term(MESSAGES, one.offer.kind))
        rows.append((offer.sender, offer.recipient, kind, offer.subject, one.file))
    return [output.table(columns, rows), *_outcome(lease, haul)]


def _outcome(lease: Lease, haul: Haul) -> list[Label]:
    if haul.taken[0].acknowledged is None:
        return [(f"Các gói tin được giữ riêng đến {local(lease.until)}.", f"Reserved until {local(lease.until)}.")]
    if haul.taken[0].is_judged:
        return [
            (
                f"Chữ ký số của bên gửi {UNASKED[0]}. {UNASKED_HERE[0]}. Đã xác nhận.",
                f"Each sender's signature {UNASKED[1]}. {UNASKED_HERE[1]}. Acknowledged.",
            )
        ]
    return [
        (
            "Đã xác nhận; CHƯA xét chữ ký của bên gửi: hồ sơ kết nối không có mục trust.",
            "Acknowledged. The senders' signatures were NOT judged: the profile has no trust.",
        )
    ]


def offer_document(offer: Offer) -> dict[str, object]:
    """Return an offer as it is kept beside its package."""
    return {
        "delivery_id": str(offer.delivery_id),
        "envelope_id": str(offer.envelope_id),
        "recipient": str(offer.recipient),
        "sender": str(offer.sender),
        "kind": offer.kind,
        "document_id": offer.document_id,
        "subject": offer.subject,
        "priority_rank": offer.priority_rank,
        "size": offer.size,
        "digest": offer.digest,
        "business_type": offer.business_type,
        "replaces": [str(one) for one in offer.replaces],
        "replaced_by": [str(one) for one in offer.replaced_by],
    }


def _taken_document(taken: Taken) -> dict[str, object]:
    acknowledged = None if taken.acknowledged is None else dict(taken.acknowledged)
    document = {**offer_document(taken.offer), "file": str(taken.file), "acknowledged": acknowledged}
    document["parts"] = [str(one) for one in taken.parts]
    return {**document, "signature_judged": taken.is_judged}


def _missed_document(missed: Missed) -> dict[str, object]:
    file = None if missed.file is None else str(missed.file)
    return {**offer_document(missed.offer), "file": file, "error": failure_document(missed.failure)}

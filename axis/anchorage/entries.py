"""One authority as the trust folder keeps it: a certificate in PEM and, beside it, a TOML file that says what for."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from axis.anchorage.words import EntryFault, TrustCode, entry_finding, finding
from axis.errors import Refused
from envelopes.errors import Phrase
from signing.certificates import Certificate
from signing.errors import CertificateUnreadable
from signing.lints import LINT_CODES
from signing.purposes import AuthorityKind, Purpose, TrustedAuthority

NAME_MAX: Final = 200
"""Characters of an authority's name: the longest in Vietnam has under 100."""

_ANCHOR: Final = "anchor"
_ROLES: Final = (_ANCHOR, "intermediate")
_KNOWN: Final = ("name", "kind", "role", "fingerprint", "purposes", "trusted_from", "trusted_until", "tolerates")

_TEXT: Final[Phrase] = ("chuỗi không rỗng", "a text that is not empty")
_TEXTS: Final[Phrase] = ("danh sách chuỗi không rỗng", "a list of texts that is not empty")
_MOMENT: Final[Phrase] = ("thời điểm có ghi múi giờ", "a moment with its offset")
_LATER: Final[Phrase] = ("thời điểm sau `trusted_from`", "a moment after `trusted_from`")


def read_entry(file: str, text: bytes, *, pem: bytes | None) -> TrustedAuthority:
    """Return the authority that a TOML file and the PEM beside it describe; raises `Refused` with what is wrong.

    1. The text is TOML with entries that are known, and the required ones are there.
    2. The PEM holds one certificate, of the fingerprint that the text names.
    3. Purposes, window and tolerated lints are such as can be.
    """
    members = _Members(file, _parsed(file, text))
    if pem is None:
        raise _refused(TrustCode.CERTIFICATE_UNREADABLE, file)
    certificate = only_certificate(file, pem)
    if members.text("fingerprint").replace(":", "").lower() != certificate.fingerprint:
        raise _refused(TrustCode.OTHER_CERTIFICATE, file, value=certificate.fingerprint)
    since, until = members.moment("trusted_from"), members.moment("trusted_until")
    if since is not None and until is not None and until <= since:
        vi, en = _LATER
        raise Refused((entry_finding(EntryFault.FORM, file, entry="trusted_until", vi=vi, en=en),))
    return TrustedAuthority(
        certificate,
        is_anchor=members.text("role", among=_ROLES) == _ANCHOR,
        purposes=frozenset(Purpose(one) for one in members.texts("purposes", among=tuple(Purpose))),
        name=members.text("name")[:NAME_MAX],
        kind=AuthorityKind(members.text("kind", among=tuple(AuthorityKind))),
        trusted_from=since,
        trusted_until=until,
        tolerates=frozenset(members.texts("tolerates", among=sorted(LINT_CODES), default=())),
    )


def write_entry(authority: TrustedAuthority) -> bytes:
    """Return the TOML text about an authority, as `read_entry` takes it."""
    lines = [
        f"name = {_quoted(authority.name)}",
        f"kind = {_quoted(authority.kind or AuthorityKind.TEST)}",
        f"role = {_quoted(_ANCHOR if authority.is_anchor else 'intermediate')}",
        f"fingerprint = {_quoted(authority.certificate.fingerprint)}",
        f"purposes = [{', '.join(_quoted(one) for one in sorted(authority.purposes))}]",
    ]
    for name in ("trusted_from", "trusted_until"):
        moment = getattr(authority, name)
        if moment is not None:
            lines.append(f"{name} = {moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}")
    if authority.tolerates:
        lines.append(f"tolerates = [{', '.join(_quoted(one) for one in sorted(authority.tolerates))}]")
    return ("\n".join(lines) + "\n").encode("utf-8")


def only_certificate(file: str, octets: bytes) -> Certificate:
    """Return the one certificate of a file in PEM or DER; raises `Refused`."""
    try:
        if not octets.lstrip().startswith(b"-----"):
            return Certificate(octets)
        found = Certificate.many_from_pem(octets)
    except CertificateUnreadable as error:
        raise _refused(TrustCode.CERTIFICATE_UNREADABLE, file) from error
    if len(found) != 1:
        raise _refused(TrustCode.CERTIFICATE_UNREADABLE, file, value=str(len(found)))
    return found[0]


@dataclass(frozen=True, slots=True)
class _Members:
    """The entries of one file, each read as what it must be; raises `Refused` that names file and entry."""

    file: str
    members: Mapping[str, Any]

    def text(self, name: str, *, among: Sequence[str] | None = None) -> str:
        """Return a text that is not empty, one of `among` where that is given."""
        value = self._required(name)
        if not isinstance(value, str) or not value.strip():
            raise self._unfit(name, _TEXT)
        if among is not None and value not in among:
            raise self._wrong(name, value, among=among)
        return value.strip()

    def texts(self, name: str, *, among: Sequence[str], default: Sequence[str] | None = None) -> tuple[str, ...]:
        """Return texts of `among`, at least one; the default where the entry is not there."""
        if default is not None and name not in self.members:
            return tuple(default)
        value = self._required(name)
        if not isinstance(value, list) or not value or not all(isinstance(one, str) for one in value):
            raise self._unfit(name, _TEXTS)
        for one in value:
            if one not in among:
                raise self._wrong(name, one, among=among)
        return tuple(value)

    def moment(self, name: str) -> datetime | None:
        """Return a moment with its offset, as UTC; None where the entry is not there."""
        value = self.members.get(name)
        if value is None:
            return None
        if not isinstance(value, datetime) or value.tzinfo is None:
            raise self._unfit(name, _MOMENT)
        try:
            return value.astimezone(UTC)
        except OverflowError as error:  # a moment before the first day, or after the last one, that is known here
            raise self._unfit(name, _MOMENT) from error

    def _required(self, name: str) -> object:
        if name not in self.members:
            raise Refused((entry_finding(EntryFault.MISSING, self.file, entry=name),))
        return self.members[name]

    def _wrong(self, name: str, word: str, *, among: Sequence[str]) -> Refused:
        return Refused((entry_finding(EntryFault.WORD, self.file, entry=name, word=word, among=among),))

    def _unfit(self, name: str, needed: Phrase) -> Refused:
        vi, en = needed
        return Refused((entry_finding(EntryFault.FORM, self.file, entry=name, vi=vi, en=en),))


def _parsed(file: str, text: bytes) -> dict[str, Any]:
    try:
        members = tomllib.loads(text.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise _refused(TrustCode.ENTRY_UNREADABLE, file) from error
    if unknown := sorted(members.keys() - set(_KNOWN)):
        raise Refused((entry_finding(EntryFault.UNKNOWN, file, entry=unknown[0], among=_KNOWN),))
    return members


def _quoted(text: str) -> str:
    """Return a basic string of TOML, whose escapes are those of JSON; what cannot be printed is left out."""
    return json.dumps("".join(one for one in text if one.isprintable()), ensure_ascii=False)


def _refused(code: TrustCode, file: str, *, value: str | None = None) -> Refused:
    return Refused((finding(code, file, value=value),))

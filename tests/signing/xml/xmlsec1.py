"""The outside judge: the `xmlsec1` command signs for us and judges what we sign, with pinned anchors."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

from axis.demo.authority import Credential
from envelopes.parser import NAMESPACE
from signing.algorithms import DS, EXCLUSIVE, XADES, Canonicalization, SignatureAlgorithm
from signing.digests import DigestAlgorithm
from tests.signing.pki import MOMENT, hierarchy
from tests.signing.xml.packages import PACKAGE

needs_xmlsec1: Final = pytest.mark.skipif(
    shutil.which("xmlsec1") is None, reason="xmlsec1 is missing (Debian package xmlsec1)"
)

_IDS: Final = (
    f"--id-attr:Id {XADES}:SignedProperties",
    f"--id-attr:Id {NAMESPACE}:edXML",
    f"--id-attr:Id {NAMESPACE}:AttachmentEncoded",
    f"--id-attr:Id {DS}:KeyInfo",
    f"--id-attr:Id {DS}:Object",
    f"--id-attr:Id {DS}:SignatureProperties",
)
_ID_OPTIONS: Final = tuple(part for option in _IDS for part in option.split(" "))
_ENVELOPED: Final = f"{DS}enveloped-signature"


def accepts(folder: Path, octets: bytes) -> bool:
    """Whether xmlsec1 verifies the document at MOMENT, trusting the root of the tests alone."""
    document, anchor = folder / "document.xml", folder / "root.pem"
    document.write_bytes(octets)
    anchor.write_bytes(hierarchy().root.certificate_pem)
    moment = f"{MOMENT:%Y-%m-%d %H:%M:%S}"
    done = _run("--verify", "--trusted-pem", anchor, "--verification-gmt-time", moment, *_ID_OPTIONS, document)
    return done.returncode == 0


def accepts_under(document: Path, certificate: Path) -> bool:
    """Whether xmlsec1 verifies the document by the key of one certificate."""
    return _run("--verify", "--pubkey-cert-pem", certificate, *_ID_OPTIONS, document).returncode == 0


@dataclass(frozen=True, slots=True)
class Shape:
    """How somebody else writes a signature. `steps` are the transforms behind the enveloped one."""

    algorithm: SignatureAlgorithm = SignatureAlgorithm.ECDSA_SHA256
    digest: DigestAlgorithm = DigestAlgorithm.SHA256
    canonicalization: str = Canonicalization.INCLUSIVE_1_0.value
    steps: tuple[str, ...] = (Canonicalization.EXCLUSIVE_1_0.value,)
    prefixes: str | None = None
    prefix: str = "ds"
    uri: str = ""
    key_info: str = ""
    objects: str = ""
    references: str = ""
    document: bytes = field(default=PACKAGE, repr=False)

    @property
    def template(self) -> bytes:
        """The document with a signature that lacks its values, as the last child of the header."""
        end = b"</edXML:edXMLHeader>"
        assert self.document.count(end) == 1
        return self.document.replace(end, self._signature().encode() + end)

    def _signature(self) -> str:
        transforms = "".join(self._transform(one) for one in (_ENVELOPED, *self.steps))
        text = (
            f'<ds:Signature xmlns:ds="{DS}" Id="sig"><ds:SignedInfo>\n'
            f'<ds:CanonicalizationMethod Algorithm="{self.canonicalization}"/>'
            f'<ds:SignatureMethod Algorithm="{self.algorithm.value}"/>'
            f'<ds:Reference URI="{self.uri}"><ds:Transforms>{transforms}</ds:Transforms>'
            f'<ds:DigestMethod Algorithm="{self.digest.value}"/><ds:DigestValue/></ds:Reference>{self.references}'
            "</ds:SignedInfo><ds:SignatureValue/>"
            f'<ds:KeyInfo Id="key-info">{self.key_info}<ds:X509Data/></ds:KeyInfo>{self.objects}</ds:Signature>'
        )
        return text.replace("ds:", "").replace("xmlns:ds=", "xmlns=") if not self.prefix else text

    def _transform(self, algorithm: str) -> str:
        inside = ""
        if algorithm == EXCLUSIVE and self.prefixes is not None:
            inside = f'<ec:InclusiveNamespaces xmlns:ec="{EXCLUSIVE}" PrefixList="{self.prefixes}"/>'
        return f'<ds:Transform Algorithm="{algorithm}">{inside}</ds:Transform>'


def reference(uri: str, *, transform: str = Canonicalization.EXCLUSIVE_1_0.value, kind: str = "") -> str:
    """One more reference, for `Shape.references`."""
    named = f' Type="{kind}"' if kind else ""
    return (
        f'<ds:Reference URI="{uri}"{named}><ds:Transforms><ds:Transform Algorithm="{transform}"/></ds:Transforms>'
        f'<ds:DigestMethod Algorithm="{DigestAlgorithm.SHA256.value}"/><ds:DigestValue/></ds:Reference>'
    )


def sign(folder: Path, shape: Shape, holder: Credential) -> bytes:
    """The document of the shape, signed by xmlsec1 with the holder's key; the intermediate travels along."""
    template, key, result = folder / "template.xml", folder / "key.pem", folder / "signed.xml"
    template.write_bytes(shape.template)
    key.write_bytes(holder.key_pem())
    certificates = []
    for number, certificate in enumerate((holder.certificates_pem.split(b"-----BEGIN"))[1:]):
        one = folder / f"certificate-{number}.pem"
        one.write_bytes(b"-----BEGIN" + certificate)
        certificates.append(str(one))
    files = ",".join([str(key), *certificates])
    done = _run("--sign", "--privkey-pem", files, *_ID_OPTIONS, "--output", result, template)
    assert done.returncode == 0, done.stderr
    return result.read_bytes()


def _run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["xmlsec1", *map(str, arguments)], capture_output=True, text=True, check=False, timeout=60)

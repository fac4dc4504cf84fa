"""The API's models of what was found out about a message's signature and its documents (EN 319 102-1)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from axis.web.schema_fields import Answer, Digest, Moment
from envelopes.evidence_signatures import DocumentWorth

Indication = Annotated[
    Literal["TOTAL-PASSED", "TOTAL-FAILED", "INDETERMINATE"], Field(description="EN 319 102-1 clause 5.1.3.")
]
SubIndication = Annotated[
    str | None, Field(description="Why it did not pass, EN 319 102-1 table 6.", examples=["TRY_LATER"])
]
Code = Annotated[
    str | None,
    Field(description="The rule that was not met, stable.", examples=["signature/revocation-unknown", "pdf/changed"]),
]
Worth = Annotated[
    DocumentWorth, Field(description="What it is worth by its own signatures; only the first replaces paper.")
]


class RevocationBody(Answer):
    """What is known of one certificate of the path, and the evidence that rests on."""

    certificate: Digest
    state: Annotated[Literal["good", "revoked", "unknown"], Field(description="RFC 6960 §2.2.")]
    source: Literal["ocsp", "crl"] | None
    this_update: Annotated[Moment | None, Field(description="When its authority said so.")]
    next_update: Annotated[Moment | None, Field(description="When there is newer information at the latest.")]
    revoked_at: Moment | None
    reason: Annotated[
        str | None, Field(description="Why it was revoked, or why nothing certain is known.", examples=["no-evidence"])
    ]
    evidence: Annotated[Digest | None, Field(description="Of the CRL or the OCSP answer.")]
    supplied_by_signer: Annotated[
        bool,
        Field(description="The evidence came with the signature: whoever signed chose it among those still valid."),
    ]


class TimestampBody(Answer):
    """A time stamp on the signature that was verified (RFC 3161)."""

    time: Annotated[Moment, Field(description="Its own; the one that `proven_at` names is the proof.")]
    token: Annotated[Digest, Field(description="Of the whole token.")]
    statuses: Annotated[
        list[RevocationBody], Field(description="Of each certificate of its authority's path but the anchor.")
    ]
    relied_on: Annotated[
        bool, Field(description="The signature would not have passed without it, while a state was not known.")
    ]


class FileSignatureBody(Answer):
    """One signature inside a file."""

    field: Annotated[str, Field(description="Its place in the file.", examples=["Signature1"])]
    kind: Annotated[
        Literal["signature", "time-stamp"] | None, Field(description="A time stamp is on the whole document.")
    ]
    signer: Annotated[
        str | None, Field(description="As a certificate calls them that leads to an authority that is trusted.")
    ]
    indication: Indication
    sub_indication: SubIndication
    code: Code
    certificate: Digest | None
    claimed_at: Annotated[Moment | None, Field(description="The signer's own word.")]
    stamped_at: Annotated[Moment | None, Field(description="Proved by a time stamp.")]
    revocation: Annotated[
        Literal["good", "revoked", "unknown"] | None,
        Field(description="Of the signer's path; null where it leads to no authority that is trusted."),
    ]
    subfilter: Annotated[str | None, Field(description="Its encoding.", examples=["ETSI.CAdES.detached"])]
    algorithm: Annotated[str | None, Field(examples=["sha256_ecdsa"])]
    coverage: Annotated[
        str | None, Field(description="What of the file it covers.", examples=["whole-file", "revision", "unclear"])
    ]
    changes: Annotated[
        str | None, Field(description="What was done to the file since.", examples=["NONE", "FORM_FILLING"])
    ]
    docmdp: Annotated[
        str | None, Field(description="What it permits of that (ISO 32000-2 table 257).", examples=["NO_CHANGES"])
    ]
    stamp: Annotated[
        str | None, Field(description="Whether a stamp proves its time.", examples=["trusted", "unproved", "absent"])
    ]
    stamp_authority: Annotated[Digest | None, Field(description="The certificate of whoever stamped it.")]
    stamp_revocation: Annotated[
        Literal["good", "revoked", "unknown"] | None, Field(description="Of the path of that certificate.")
    ]
    anchor: Annotated[Digest | None, Field(description="The trusted certificate at the end of the signer's path.")]
    statuses: Annotated[
        list[RevocationBody], Field(description="Of each certificate of the path but the anchor, the signer's first.")
    ]


class FileVerdictBody(Answer):
    """One attachment by its number in the message."""

    number: Annotated[int, Field(description="Counted from 1.", examples=[1])]
    worth: Worth
    code: Annotated[Code, Field(description="Why it could not be judged.")]
    doubts: Annotated[
        list[str],
        Field(description="What a clerk should look at, by stable codes.", examples=[["authenticity/other-name"]]),
    ]
    signatures: list[FileSignatureBody]


class DocumentsBody(Answer):
    """What the documents are worth together (NĐ 30/2020 Art. 5), and each file."""

    judged_at: Moment
    worth: Worth
    code: Annotated[Code, Field(description="Why none of them was judged.")]
    policy: Annotated[str | None, Field(examples=["urn:axis:policy:document:1"])]
    files: list[FileVerdictBody]


class VerdictBody(Answer):
    """What is known by now of the signature on the package and of those inside its documents."""

    indication: Indication
    sub_indication: SubIndication
    code: Code
    level: Annotated[str | None, Field(description="EN 319 132-1 clause 6, as verified.", examples=["B-T"])]
    proven_at: Annotated[Moment | None, Field(description="When a time stamp proves that the signature was there.")]
    judged_at: Moment
    policy: Annotated[str, Field(examples=["urn:axis:policy:package:1"])]
    revocation: Annotated[
        str, Field(description="The least certain state of the path, or `not-judged`.", examples=["good"])
    ]
    statuses: Annotated[
        list[RevocationBody], Field(description="Of each certificate of the path but the anchor, the signer's first.")
    ]
    timestamps: Annotated[list[TimestampBody], Field(description="Those that were verified, in their order.")]
    documents: Annotated[DocumentsBody | None, Field(description="Null while nobody judged them.")]
    words_vi: Annotated[list[str], Field(description="The same in sentences, the outcome first.")]
    words_en: list[str]

"""The shape of the database as mapped classes: one for each table, named `…Row`, never seen outside storage."""

from typing import Final

from storage.database.tables.base import Base, table_of
from storage.database.tables.directory import (
    AgencyAliasRow,
    AgencyCertificateRow,
    AgencyRow,
    AgencySuccessorRow,
    DirectoryChangeRow,
    DirectoryVersionRow,
    SystemKeyRow,
    SystemRow,
    SystemScopeRow,
)
from storage.database.tables.evidence import EventRow, EvidenceRow, OwedEvidenceRow
from storage.database.tables.exchange import (
    DeliveryRow,
    DemandRow,
    DocumentNumberRow,
    EnvelopeRow,
    ReplacementRow,
    SubmissionKeyRow,
    UsedAssertionRow,
)
from storage.database.tables.push import NoticeRow, ReceiverRow, WebhookCallRow
from storage.database.tables.trust import CertificateStatusRow, DocumentCheckRow, OpenVerdictRow, RevocationEvidenceRow
from storage.database.tables.uploads import UploadChunkRow, UploadRow

PARTITIONED: Final = ("envelopes", "deliveries", "events", "evidences", "notices")
"""Tables divided by month on their UUIDv7 `id`; the primary key is `id` alone, and a look-up by it reads one month."""

APPEND_ONLY: Final = (
    "envelopes",
    "events",
    "evidences",
    "submission_keys",
    "document_numbers",
    "replacements",
    "directory_changes",
    "revocation_evidences",
)
"""Tables whose rows are never changed or removed; triggers refuse it."""

__all__ = [
    "APPEND_ONLY",
    "PARTITIONED",
    "AgencyAliasRow",
    "AgencyCertificateRow",
    "AgencyRow",
    "AgencySuccessorRow",
    "Base",
    "CertificateStatusRow",
    "DeliveryRow",
    "DemandRow",
    "DirectoryChangeRow",
    "DirectoryVersionRow",
    "DocumentCheckRow",
    "DocumentNumberRow",
    "EnvelopeRow",
    "EventRow",
    "EvidenceRow",
    "NoticeRow",
    "OpenVerdictRow",
    "OwedEvidenceRow",
    "ReceiverRow",
    "ReplacementRow",
    "RevocationEvidenceRow",
    "SubmissionKeyRow",
    "SystemKeyRow",
    "SystemRow",
    "SystemScopeRow",
    "UploadChunkRow",
    "UploadRow",
    "UsedAssertionRow",
    "WebhookCallRow",
    "table_of",
]

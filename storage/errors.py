"""What can go wrong while remembering: errors that know no HTTP and no SQL driver."""

from __future__ import annotations

from enum import StrEnum

from routing.precedents import OccupiedKey


class EmbeddedFault(StrEnum):
    """What is in the way of the embedded PostgreSQL, in English, with the folders and numbers it is about."""

    IN_USE = "process {pid} runs the embedded PostgreSQL on {folder}"
    SERVED = "process {pid}, which nobody here started, serves {folder}"
    PRODUCTION = "an embedded axis seals with the demonstration's keys, so it is never production"
    NOT_INSTALLED = "the extra `embedded` is not installed"
    NO_ACCOUNT = "the account that would run PostgreSQL has no entry in /etc/passwd"
    NO_RUNTIME = "no temporary folder is short enough for a socket and open to the server's account"
    NOT_PREPARED = "the embedded PostgreSQL cannot be prepared: {said}"
    NOT_MADE = "initdb failed: {said}"
    OTHER_OWNER = "{folder} belongs to user id {owner}; start as the user who made it"
    OTHER_VERSION = "{folder} was made by PostgreSQL {made}, this is {needed}"
    ENDED = "postgres ended at once: {said}"
    NOT_READY = "postgres is not ready after {seconds} s: {said}"
    NO_CONNECTION = "the embedded PostgreSQL takes no connection: {said}"
    NOT_RUNNING = "the embedded PostgreSQL is not running"


class StoreFault(StrEnum):
    """What is in the way of an object store, in English, with what it is about; never an address's or a key's value."""

    DISK = "the object store refuses: {said}"
    UNREACHABLE = "the object store cannot be reached"
    UNTRUSTED = "the certificate of the object store is not believed"
    SLOW = "the object store does not answer in time"
    CUT_SHORT = "the object store broke its answer off"
    FORBIDDEN = "the object store does not let this access key in ({said})"
    NO_BUCKET = "the object store has no such bucket"
    NO_LOCK = "the bucket locks no objects"
    FAILED = "the object store answers with a failure ({said})"
    NO_KEY = "the object is encrypted under the key {key}, which is not in the folder of keys"


class BlobKeysFault(StrEnum):
    """What is wrong with the folder of the keys that objects are encrypted under, in English, with the file."""

    NO_FOLDER = "the folder of keys cannot be read"
    NO_NAMES = "the folder has no names.key"
    NO_KEY = "the folder has no key but names.key"
    NO_SUCH_KEY = "the folder has no {file}"
    UNREADABLE = "{file} does not hold 64 hexadecimal digits"
    TWICE = "{file} holds the same key as another file"


class StorageError(Exception):
    """Something could not be remembered or recalled. Texts name tables, folders and ids, never content."""


class DatabaseUnavailable(StorageError):
    """No connection could be had or it broke; whether a commit that was under way happened is not known."""


class Contention(StorageError):
    """The transaction lost against another one (deadlock, serialization failure); the same deed again may win."""


class KeyTaken(StorageError):
    """Another submission holds the identity key; nothing of this one was written. `holder` is the accepted message."""

    def __init__(self, holder: OccupiedKey) -> None:
        super().__init__(f"the key is held by envelope {holder.envelope_id}")
        self.holder = holder


class LockTimeout(StorageError):
    """A lock was not given in time; others hold it longer than any deed should."""


class StatementTooSlow(StorageError):
    """A statement ran longer than the engine allows and was stopped."""


class AppendOnly(StorageError):
    """A row of a table that only grows was to be changed or removed."""


class ConstraintBroken(StorageError):
    """A constraint that no repository function expects refused a row: a programming error, told without values."""


class PartitionMissing(StorageError):
    """A row was refused because the month of its id has no partition; the schedule that makes them has not run."""


class SchemaOutdated(StorageError):
    """The database's shape is not the one this program was written for."""


class EmbeddedUnavailable(StorageError):
    """The embedded PostgreSQL cannot be started here; `fault` says what is in the way.

    The name `said` holds what the server or the operating system said about it.
    """

    def __init__(self, fault: EmbeddedFault, **names: object) -> None:
        self.names = {name: str(one) for name, one in names.items()}
        super().__init__(fault.value.format_map(self.names))
        self.fault = fault


class EmbeddedInUse(EmbeddedUnavailable):
    """Another process runs the embedded PostgreSQL on the same folder."""


class BlobError(StorageError):
    """An object cannot be handed out. `digest` is its address."""

    def __init__(self, digest: bytes, words: str) -> None:
        super().__init__(f"blob {digest.hex()}: {words}")
        self.digest = digest


class BlobMissing(BlobError):
    """No object stands under the digest."""

    def __init__(self, digest: bytes) -> None:
        super().__init__(digest, "missing")


class BlobCorrupt(BlobError):
    """The octets that came, or that are kept, are not those of the digest."""

    def __init__(self, digest: bytes) -> None:
        super().__init__(digest, "octets differ from their digest")


class BlobStoreUnavailable(StorageError):
    """The object store cannot be read or written: full, read-only, out of reach, or without the key for an object."""

    def __init__(self, fault: StoreFault, **names: object) -> None:
        self.names = {name: str(one) for name, one in names.items()}
        super().__init__(fault.value.format_map(self.names))
        self.fault = fault


class BlobKeysUnusable(StorageError):
    """The keys that objects are encrypted under cannot be used; `fault` says why."""

    def __init__(self, fault: BlobKeysFault, **names: object) -> None:
        self.names = {name: str(one) for name, one in names.items()}
        super().__init__(fault.value.format_map(self.names))
        self.fault = fault

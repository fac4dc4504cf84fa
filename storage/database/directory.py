"""The directory as a whole, from the database into memory."""

from __future__ import annotations

from routing.directory import Catalogue, Directory
from storage.database.agencies import load_agencies
from storage.database.certificates import load_certificates
from storage.database.history import agencies_version, directory_version
from storage.database.systems import load_systems
from storage.database.transactions import ReadSession


def load_directory(session: ReadSession, previous: Directory | None = None) -> Directory:
    """Return the present version of the directory; `previous` itself where nothing changed since.

    Agencies, by far the most of it, are taken from `previous` where they did not change: a suspension is seen within
    milliseconds. Raises `routing.errors.InvalidDirectory` where the entries contradict each other.
    """
    version = directory_version(session)
    if previous is not None and previous.version == version:
        return previous
    if previous is not None and agencies_version(session) <= previous.version <= version:
        catalogue = previous.catalogue
    else:
        catalogue = Catalogue(load_agencies(session))
    return Directory(version, catalogue, load_certificates(session), load_systems(session))

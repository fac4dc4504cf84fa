"""The demonstration's directory: the published level-1 codes, with units below them that do not exist.

Codes, legacy ids and names of level 1 are public facts. Everything else is made up for the demonstration: the units
(`đơn vị mẫu`), the one closing date given to every closed ministry, and who succeeded whom. It is no source.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from axis.enrolment.agency_files import AgencyFormat, read_agencies
from envelopes.identifiers import OrganId
from routing.agencies import Agency


def directory_file() -> bytes:
    """Return the directory as a CSV file in the product's own columns, as `axis agency import` takes it."""
    return files("axis.demo").joinpath("agencies.csv").read_bytes()


@cache
def agencies() -> tuple[Agency, ...]:
    """Return the demonstration's agencies: 97 of level 1, then the made-up units."""
    return read_agencies(directory_file(), AgencyFormat.CSV)


def agency(organ_id: str) -> Agency:
    """Return the agency with this id or alias; raises `KeyError`."""
    wanted = OrganId(organ_id).key
    for one in agencies():
        if wanted in one.keys:
            return one
    raise KeyError(organ_id)

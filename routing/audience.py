"""Who is told of a delivery: the systems with a webhook that may pull it, once they may call."""

from __future__ import annotations

from collections import defaultdict

from routing.agencies import Agency, System, SystemState
from routing.directory import Directory


class Audience:
    """Which systems are told of deliveries, by one version of the directory; for many recipients at once.

    Of the systems that have a webhook, those that may act for the recipient: exactly who may pull it, or could but for
    its suspension. What comes for it meanwhile waits: it is told of that when it is back.
    """

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._of_subtrees: dict[str, list[System]] = defaultdict(list)
        self._of_single: dict[str, list[System]] = defaultdict(list)
        for system in directory.systems:
            if system.webhook is not None and system.state is not SystemState.REMOVED:
                for scopes, listed in ((system.scopes, self._of_subtrees), (system.exact_scopes, self._of_single)):
                    for scope in scopes:
                        agency = directory.resolve(scope)
                        if agency is not None:
                            listed[agency.organ_id.key].append(system)

    def of(self, recipient: Agency) -> tuple[System, ...]:
        """Return who is told of a delivery to this agency, each once, in the order of their ids."""
        if not self._of_subtrees and not self._of_single:
            return ()
        told = {one.system_id: one for one in self._of_single.get(recipient.organ_id.key, ())}
        above: Agency | None = recipient
        while above is not None:
            told |= {one.system_id: one for one in self._of_subtrees.get(above.organ_id.key, ())}
            above = None if above.parent is None else self._directory.resolve(above.parent)
        return tuple(told[one] for one in sorted(told, key=str))

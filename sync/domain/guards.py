"""Checks on a finished plan: what looks like a mass deletion is read again in full (R11.7)."""

from sync.domain.actions import REMOVALS
from sync.domain.model import Link, LinkState
from sync.domain.snapshot import Plan

#: So many removals at once are believed without a second look.
HARMLESS = 10


def is_mass_deletion(plan: Plan, links: tuple[Link, ...]) -> bool:
    """Says whether a plan removes more than half of the linked items, and more than 10."""
    removals = sum(isinstance(action, REMOVALS) for action in plan.actions)
    linked = sum(link.state is LinkState.LINKED for link in links)
    return removals > HARMLESS and removals * 2 > linked

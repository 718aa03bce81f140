"""What the foreign store keeps: a domain event as that library declares them. Needs the extra `bench`."""

from typing import Any

from eventsourcing.domain import DomainEvent


class Happened(DomainEvent):
    """One of our commands, whole."""

    command: dict[str, Any]

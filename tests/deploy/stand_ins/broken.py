"""Stands in for a service that does not even import."""

raise RuntimeError("the service is broken")

"""Sealed fields: encrypted under a person's or an event's key, kept beside the log."""

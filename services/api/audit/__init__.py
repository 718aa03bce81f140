"""For the auditor: the complete history of a stream, unit, actor or person, and all about one event."""

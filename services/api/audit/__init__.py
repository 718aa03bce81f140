"""For the auditor: the complete history of one thing, and all there is about one event."""

"""What the report tells, a section each."""

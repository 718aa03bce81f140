"""What a period came to: the statement of a fund or of a unit's funds, and its goods."""

"""Bank files: read into one form, or refused in words; their lines matched with the book."""

"""The bank beside the book: statements in, their lines with what they match, counts and their differences."""

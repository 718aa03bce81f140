"""The yearly report, as a file."""

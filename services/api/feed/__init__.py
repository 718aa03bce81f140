"""The log in order, for machines."""

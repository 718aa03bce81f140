"""The yearly list of contributions and uses, as it is published."""

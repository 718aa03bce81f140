"""The yearly report in Vietnamese: one content, made once from the figures, and three writers of it."""

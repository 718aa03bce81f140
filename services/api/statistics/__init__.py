"""Figures of a unit and year: the table, the events behind a figure, printed beside computed."""

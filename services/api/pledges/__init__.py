"""Pledges: what was promised, what came of it, what is overdue."""

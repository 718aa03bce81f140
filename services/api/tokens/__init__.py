"""Tokens: how they look, and making one."""

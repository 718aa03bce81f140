"""Figures for statisticians: CSV, Frictionless Data Package, JSON-stat. The same position, the same bytes."""

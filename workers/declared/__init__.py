"""The indicators, by what they are about. `workers/indicators.py` puts them in the order of the table."""

"""The catalogue of indicators: what every figure counts."""

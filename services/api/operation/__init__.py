"""For whoever runs it: health, metrics, how far the read models are, what can be recorded."""

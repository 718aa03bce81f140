"""Recording: one command, or a batch of them."""

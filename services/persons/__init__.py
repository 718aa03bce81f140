"""What is known of persons, opened for those who may see it, and whose names may be shown."""

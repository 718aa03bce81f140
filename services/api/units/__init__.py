"""The organisational units: finding them, and what is known of one."""

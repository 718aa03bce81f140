"""A witness: another office's service that cosigns checkpoints, so that no operator can show two histories."""

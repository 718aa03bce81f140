"""A witness: another office that cosigns checkpoints, so that no operator can show two histories."""

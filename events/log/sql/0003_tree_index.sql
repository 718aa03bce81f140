-- The events that shape the unit tree are few and read whole by every process that decides or answers.
CREATE INDEX events_tree ON log.events (position) WHERE kind IN (
    'UnitEstablished', 'UnitRenamed', 'UnitMoved', 'UnitCodeAssigned', 'ExternalIdAssigned',
    'UnitMerged', 'UnitSplit', 'UnitDissolved'
);

"""Keeps the log provable: the Merkle tree behind the appends, checkpoints over it, witnesses beside it.

Sequenced by the append, integrated here into tiles, then published by a signed checkpoint: three steps, each
of which may be cut off and is taken up again where it stands.
"""

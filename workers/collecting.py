"""How often Python looks for circles: seldom, in processes that hold much and make much."""

import gc


def collect_rarely() -> None:
    """To be called once a process has started. What is remembered of streams, units and callers lives long,
    what a page of events is made into lives shortly, and neither holds many circles. Left as it is, the
    collector would walk through all of it every few hundred objects: a third of what a command costs, a fifth
    of what an event costs in a fold."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(300_000, 20, 20)

"""Why a rebuild, or the way back from one, stops. The live read model stays as it is."""


class CannotRebuildError(RuntimeError):
    """An event cannot be folded. Names it."""

    def __init__(self, name: str, position: int, why: str) -> None:
        super().__init__(f"{name}: the event at position {position} cannot be folded: {why}")
        self.name = name
        self.position = position
        self.why = why


class RebuildRunningError(RuntimeError):
    """That read model is being rebuilt by another process."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is being rebuilt by another process")
        self.name = name


class CannotGoBackError(RuntimeError):
    """There is no earlier version of that read model, or this software cannot keep it up to date."""

    def __init__(self, name: str, kept: int | None, version: int) -> None:
        """`kept`: the version of the definition that the kept tables were made by, if there are any."""
        why = "nothing is kept" if kept is None else f"what is kept is of definition {kept}, not {version}"
        super().__init__(f"{name}: {why}")
        self.name = name
        self.kept = kept

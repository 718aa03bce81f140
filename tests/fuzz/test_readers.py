"""The command decoder and the readers of banks' files, given nonsense: they refuse it, by name, and quickly.

Hypothesis changes good inputs; the coverage-guided fuzzer goes where no strategy leads. Short forms of both:
`python -m tests.fuzz --minutes 10` is the long one.
"""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz import guided
from tests.fuzz.targets import TARGETS, Target

EXAMPLES = 300
SECONDS = 4
BY_NAME = pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)


@st.composite
def _spoilt(draw: st.DrawFn, seeds: tuple[bytes, ...]) -> bytes:
    """A good input with some stretches of it replaced, doubled or left out."""
    made = draw(st.sampled_from(seeds))
    for _ in range(draw(st.integers(1, 4))):
        first, last = sorted(draw(st.tuples(*[st.integers(0, len(made))] * 2)))
        new = draw(
            st.one_of(st.binary(max_size=8), st.text(max_size=8).map(_encoded), st.just(made[first:last]))
        )
        made = made[:first] + new + made[draw(st.sampled_from((first, last))) :]
    return made


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


@BY_NAME
def test_a_spoilt_input_is_read_or_refused(target: Target) -> None:
    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.one_of(_spoilt(target.seeds), st.binary(max_size=200)))
    def spoil(content: bytes) -> None:
        target.reads(content)

    spoil()


@BY_NAME
def test_a_guided_fuzzer_finds_nothing_in_seconds(target: Target, tmp_path: Path) -> None:
    done = guided.run(target.name, SECONDS, tmp_path)
    assert done.returncode == 0, done.stderr[-4000:]
    assert "Done " in done.stderr

"""Numbers and amounts as Vietnamese people write them."""

from decimal import Decimal

import pytest

from services.writing import dong, signed


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        (107_000_000, "107 triệu đồng"),
        (47_850_000, "47.850.000 đồng"),
        (1_000_000, "1 triệu đồng"),
        (999_999, "999.999 đồng"),
        (2_000_000_000, "2 tỷ đồng"),
        (1_250_000_000, "1 tỷ 250 triệu đồng"),
        (25_700_000_001, "25.700.000.001 đồng"),
        (1_000_000_000_000_000, "1.000.000 tỷ đồng"),
        (0, "0 đồng"),
        (-11_400_000, "−11.400.000 đồng"),
        (-12_000_000, "−12.000.000 đồng"),
    ],
)
def test_millions_and_billions_only_where_that_is_exact(amount: int, written: str) -> None:
    assert dong(amount) == written


def test_differences_carry_their_sign() -> None:
    assert [signed(v) for v in (576, -4, 0, Decimal("5.88"))] == ["+576", "−4", "0", "+5,88"]

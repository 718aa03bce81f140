"""Numbers with at most two decimals, exact: JSON numbers are read as decimals, never as binary fractions."""

from decimal import Decimal

from events.refusals import Refused, Spoken, code

OUT_OF_RANGE = code(
    "number-out-of-range",
    vi="{field} phải từ {low} đến {high}, có tối đa hai chữ số thập phân; nhận được {got}.",
    en="{field} must be from {low} to {high} with at most two decimals; got {got}.",
)

CENT = Decimal("0.01")


def require_number(value: Decimal, field: str, low: Decimal | int, high: Decimal | int) -> None:
    """Refuse what lies outside low..high (both included), is no number, or has more than two decimals."""
    if not (value.is_finite() and low <= value <= high and value == value.quantize(CENT)):
        raise Refused(
            OUT_OF_RANGE,
            field,
            field=field.rsplit("/", 1)[-1],
            low=_written(low),
            high=_written(high),
            got=_written(value),
        )


def _written(value: Decimal | int) -> Spoken:
    if isinstance(value, Decimal) and not (value.is_finite() and abs(value.adjusted()) < 30):
        return Spoken(str(value), str(value))
    plain = f"{Decimal(value).normalize():,f}"
    dotted = plain.translate(str.maketrans(",.", ".,"))
    return Spoken(dotted, dotted)

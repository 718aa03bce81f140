"""What commands about units would do to every figure, before they are recorded."""

"""The money: balances of a fund, and every movement with what stands behind it."""

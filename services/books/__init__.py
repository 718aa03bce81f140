"""What is made out of the fund books: balances of whole subtrees, statements, vouchers, journals. No HTTP."""

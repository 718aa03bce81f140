"""Vouchers: the register of a series, and each as a page to print and sign."""

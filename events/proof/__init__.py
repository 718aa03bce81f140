"""What makes the log provable: the tree over its entries, and the C2SP formats it is published in.

Pure code over bytes. No database, no clock, no network; whoever checks a log needs nothing else.
"""

"""What nobody would send on purpose: every route, the command decoder and the bank's files, at random."""

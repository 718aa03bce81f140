"""The auditor's side: a log as a directory to take home, and checking one without trusting who kept it."""

"""The log as C2SP tlog-tiles: what an auditor, a monitor or a witness fetches to check it by themselves."""

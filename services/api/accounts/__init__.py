"""The accounts of a unit and all below it: the trial balance, and the check that debits equal credits."""

"""First on the path of a Python program whose clock is faked, and imported by it before anything else.

libfaketime takes the moment until which `time.sleep` sleeps (CLOCK_MONOTONIC, absolute) for a time of day,
and the program dies of it. So sleep some other way.
"""

import select
import time

time.sleep = lambda seconds: select.select([], [], [], seconds)

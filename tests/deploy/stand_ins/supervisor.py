"""Stands in for `khuyenhoc up`: `python -m …stand_ins.supervisor DATA` serves until told to end."""

import sys
from pathlib import Path

from deploy.stack import Programs, Stack

PROGRAMS = Programs(
    service="tests.deploy.stand_ins.service:app",
    workers="tests.deploy.stand_ins.celery_app",
)

if __name__ == "__main__":
    with Stack(Path(sys.argv[1]), programs=PROGRAMS) as stack:
        print(stack.service_url, flush=True)
        stack.serve_forever(check_every=0.1)
    print("ended", flush=True)

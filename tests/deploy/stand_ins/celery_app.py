"""Stands in for the workers: one task that reports what it sees, one that takes long, one planned by beat."""

import os
import time
from pathlib import Path

from celery import Celery

from workers.leaving import leave_soon

app = Celery("stand-in")
app.conf.broker_url = os.environ["KHUYENHOC_REDIS_URL"].replace("unix://", "redis+socket://", 1)
app.conf.worker_soft_shutdown_timeout = 2
app.conf.beat_schedule = {"tick": {"task": "tick", "schedule": 0.5}}

leave_soon()
_folder = Path(os.environ["KHUYENHOC_DATA"])


@app.task(name="report")  # type: ignore[untyped-decorator]
def report() -> None:
    names = sorted(name for name in os.environ if name.startswith("KHUYENHOC_"))
    (_folder / "report.txt").write_text("\n".join(names))


@app.task(name="take_long")  # type: ignore[untyped-decorator]
def take_long(seconds: float) -> None:
    (_folder / "long.txt").write_text("begun")
    time.sleep(seconds)
    (_folder / "long.txt").write_text("done")


@app.task(name="tick")  # type: ignore[untyped-decorator]
def tick() -> None:
    (_folder / "tick.txt").touch()

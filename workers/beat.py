"""Beat's plan, carried out sparingly: while nobody takes up what was asked for, no more is asked for."""

from typing import Any

from celery.beat import ScheduleEntry, Scheduler

from workers.hints import enough_waits


class SparingScheduler(Scheduler):  # type: ignore[misc]
    """Sends nothing to a queue in which enough waits. Without workers, a broker would fill up otherwise."""

    def apply_async(
        self, entry: ScheduleEntry, producer: Any = None, advance: bool = True, **more: Any
    ) -> Any:
        if not self._enough_waits(entry, producer or self.producer):
            return super().apply_async(entry, producer, advance, **more)
        if advance:
            self.reserve(entry)
        return None

    def _enough_waits(self, entry: ScheduleEntry, producer: Any) -> bool:
        queue = self.app.amqp.router.route({}, entry.task)["queue"].name
        try:
            return enough_waits(producer.channel.client, queue)
        except Exception:  # whatever it is, sending meets it too, and deals with it
            return False

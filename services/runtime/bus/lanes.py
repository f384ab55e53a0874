"""Different keys at the same time, each key in order, never more than a bounded number at once."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable

Job = Callable[[], Awaitable[None]]


class Lanes:
    """One lane per key that has work; a lane runs its jobs one after the other."""

    def __init__(self, concurrency: int) -> None:
        self._running = asyncio.Semaphore(concurrency)
        # A key with a long queue must not leave the other lanes idle, nor may the queues grow without limit.
        self._room = asyncio.Semaphore(concurrency * 8)
        self._queues: dict[Hashable, deque[Job]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def put(self, key: Hashable, job: Job) -> None:
        """Queue a job behind those of the same key; waits while there is no room. A job must not raise."""
        await self._room.acquire()
        queue = self._queues.get(key)
        if queue is not None:
            queue.append(job)
            return
        self._queues[key] = deque([job])
        task = asyncio.get_running_loop().create_task(self._run(key))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def idle(self) -> None:
        """Wait until every lane has finished."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def cancel(self) -> None:
        """Break off all jobs where they are; queued ones never start."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _run(self, key: Hashable) -> None:
        queue = self._queues[key]
        try:
            while queue:
                async with self._running:
                    await queue[0]()
                queue.popleft()
                self._room.release()
        finally:
            del self._queues[key]
            for _ in queue:
                self._room.release()

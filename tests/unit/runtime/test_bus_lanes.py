"""Order per key, concurrency between keys, bounds on both."""

import asyncio
from collections import defaultdict

from services.runtime.bus.lanes import Lanes


async def test_each_key_in_order_and_keys_at_the_same_time() -> None:
    lanes = Lanes(4)
    seen: dict[int, list[int]] = defaultdict(list)
    running = peak = 0

    async def job(key: int, number: int) -> None:
        nonlocal running, peak
        running += 1
        peak = max(peak, running)
        await asyncio.sleep(0.001 * (number % 3))
        seen[key].append(number)
        running -= 1

    for number in range(60):
        await lanes.put(number % 6, lambda key=number % 6, number=number: job(key, number))
    await lanes.idle()
    assert peak == 4
    assert all(numbers == sorted(numbers) for numbers in seen.values())
    assert sum(map(len, seen.values())) == 60


async def test_a_key_that_hangs_holds_up_no_other() -> None:
    lanes = Lanes(4)
    release, done = asyncio.Event(), asyncio.Event()

    async def finish() -> None:
        done.set()

    await lanes.put("slow", release.wait)  # type: ignore[arg-type]
    for _ in range(5):
        await lanes.put("slow", release.wait)  # type: ignore[arg-type]
    await lanes.put("other", finish)
    await asyncio.wait_for(done.wait(), 1)
    release.set()
    await lanes.idle()


async def test_what_is_taken_is_bounded() -> None:
    lanes = Lanes(1)
    release = asyncio.Event()
    for _ in range(8):
        await lanes.put("k", release.wait)  # type: ignore[arg-type]
    ninth = asyncio.ensure_future(lanes.put("k", release.wait))  # type: ignore[arg-type]
    await asyncio.sleep(0.01)
    assert not ninth.done()
    release.set()
    await asyncio.wait_for(ninth, 1)
    await lanes.idle()


async def test_cancelled_jobs_give_their_room_back() -> None:
    lanes = Lanes(1)
    never = asyncio.Event()
    for _ in range(8):
        await lanes.put("k", never.wait)  # type: ignore[arg-type]
    await asyncio.sleep(0)
    await lanes.cancel()
    done = asyncio.Event()
    for _ in range(8):
        await asyncio.wait_for(lanes.put("k", lambda: asyncio.sleep(0)), 1)
    await lanes.put("k", _setter(done))
    await asyncio.wait_for(done.wait(), 1)


def _setter(event: asyncio.Event):  # type: ignore[no-untyped-def]
    async def job() -> None:
        event.set()

    return job

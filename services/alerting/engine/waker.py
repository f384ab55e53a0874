"""How doors tell the engine that there is something to do."""

import asyncio


class Waker:
    """Ends the engine's pause between two cycles. Apart from the engine, because what wakes it is part of it."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def wake(self) -> None:
        """Start the next cycle now."""
        self._event.set()

    async def pause(self, seconds: float) -> None:
        """Wait until somebody wakes the engine, but not longer than this."""
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return
        finally:
            self._event.clear()

"""Reading records whose header names are not UTF-8.

Kafka's protocol says that they are; its broker does not look, and some clients send any bytes. aiokafka then fails on
the whole partition, again after every restart: one careless sender would stop a service for everybody. Here such bytes
become question marks, and the record goes the way of every other: handled, or a dead letter.
"""

from typing import Any

from aiokafka.consumer import fetcher  # type: ignore[import-untyped]
from aiokafka.record.default_records import _DefaultRecordBatchPy  # type: ignore[import-untyped]
from aiokafka.record.legacy_records import LegacyRecordBatch  # type: ignore[import-untyped]
from aiokafka.record.memory_records import _MemoryRecordsPy  # type: ignore[import-untyped]
from aiokafka.record.util import decode_varint  # type: ignore[import-untyped]


class _TolerantBatch(_DefaultRecordBatchPy):  # type: ignore[misc]
    """A batch of records, parsed in Python: some ten microseconds a record, where the handler takes hundreds."""

    def _read_msg(self) -> Any:
        try:
            return super()._read_msg()
        except UnicodeDecodeError:
            # Nothing was consumed: the position moves when a record was read whole.
            _mend_header_names(self._buffer, self._pos)
            return super()._read_msg()


class _TolerantRecords(_MemoryRecordsPy):  # type: ignore[misc]
    """The batches of one fetched partition."""

    def next_batch(self) -> Any:
        """Return the next batch, or None at the end."""
        slice_of_batch = self._next_slice
        batch = super().next_batch()
        return batch if batch is None or isinstance(batch, LegacyRecordBatch) else _TolerantBatch(slice_of_batch)


def install() -> None:
    """Let aiokafka read with this module; once or more often is the same."""
    fetcher.MemoryRecords = _TolerantRecords


def _mend_header_names(buffer: bytearray, at: int) -> None:
    """Replace the bytes of header names that are not UTF-8, in place and at the same length.

    A record is: length, attributes, timestamp and offset deltas, key, value, number of headers, and each header's name
    and value; numbers are varints, texts have their length before them, -1 for none.
    """
    for _ in range(4):
        _, at = decode_varint(buffer, at)
    for _ in range(2):
        at = _after_text(buffer, at)
    count, at = decode_varint(buffer, at)
    for _ in range(count):
        length, start = decode_varint(buffer, at)
        name = bytes(buffer[start : start + length])
        try:
            name.decode()
        except UnicodeDecodeError:
            buffer[start : start + length] = bytes(byte if byte < 128 else ord("?") for byte in name)
        at = _after_text(buffer, start + length)


def _after_text(buffer: bytearray, at: int) -> int:
    length, at = decode_varint(buffer, at)
    return int(at + max(0, length))

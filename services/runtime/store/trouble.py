"""Which MongoDB errors mean "away for now"; the others are faults of ours and pass through."""

from collections.abc import Iterator
from contextlib import contextmanager

from pymongo.errors import (
    ConnectionFailure,
    ExecutionTimeout,
    OperationFailure,
    PyMongoError,
    WTimeoutError,
)

from services.runtime.errors import Transient

# Server codes of a server that is stopping, stepping down, unreachable, too slow or out of room.
_AWAY_CODES = frozenset(
    {
        6,  # HostUnreachable
        7,  # HostNotFound
        50,  # MaxTimeMSExpired
        64,  # WriteConcernFailed
        89,  # NetworkTimeout
        91,  # ShutdownInProgress
        100,  # UnsatisfiableWriteConcern: too few members are up for a majority
        112,  # WriteConflict
        134,  # ReadConcernMajorityNotAvailableYet: just after a restart
        189,  # PrimarySteppedDown
        262,  # ExceededTimeLimit
        9001,  # SocketException
        10058,  # LegacyNotPrimary
        10107,  # NotWritablePrimary
        11600,  # InterruptedAtShutdown
        11602,  # InterruptedDueToReplStateChange
        13435,  # NotPrimaryNoSecondaryOk
        13436,  # NotPrimaryOrSecondary
        14031,  # OutOfDiskSpace
    }
)


def is_away(error: PyMongoError) -> bool:
    """Tell whether the same operation may succeed later without anybody changing anything."""
    if isinstance(error, (ConnectionFailure, ExecutionTimeout, WTimeoutError)) or error.timeout:
        return True
    if isinstance(error, OperationFailure) and error.code in _AWAY_CODES:
        return True
    return error.has_error_label("RetryableWriteError") or error.has_error_label("TransientTransactionError")


@contextmanager
def mongo_errors(doing: str) -> Iterator[None]:
    """Turn "MongoDB is away" into Transient, naming what was being done and the kind of error, never its documents."""
    try:
        yield
    except PyMongoError as error:
        if is_away(error):
            raise Transient(f"mongodb {doing}: {type(error).__name__}") from error
        raise

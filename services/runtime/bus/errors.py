"""Why consuming or publishing ended. Each stops the process; a supervisor or a person decides what follows."""


class BusFailure(RuntimeError):
    """A fault of ours in the bus. ``exit_code`` is what the process ends with."""

    exit_code = 70  # EX_SOFTWARE


class HandlerFailed(BusFailure):
    """A handler raised what is neither Permanent nor Transient. Its event is not acknowledged."""


class KafkaClientFailed(BusFailure):
    """The Kafka client gave up; a new process starts it afresh."""

    exit_code = 75  # EX_TEMPFAIL


class DeadLetterLimit(BusFailure):
    """So much was refused that the fault is ours, not the senders'."""

    exit_code = 78  # EX_CONFIG: starting again changes nothing

"""Pure scoring: no I/O, no clock, no framework, no protobuf.

Read in this order: ``instruments`` and ``catalogue`` (what is asked), ``scores`` (answers to numbers), ``population``
and ``detectors`` (is this rating unusual for this client), ``ruptures`` (the life of a rupture), ``assess`` (a whole
episode of care), ``difference`` (what changed since the last assessment).
"""

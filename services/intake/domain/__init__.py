"""What intake knows about episodes of care and sessions. Pure: no I/O, no clock, no protobuf.

A clinic never states what an episode *is*; it reports what happened, late, twice and out of order. So the reports are
kept, and the episode or session is folded from the set of them: ``reports`` (what was said), ``rules`` (what may be
said), ``episode`` and ``session`` (what follows from it), ``values`` (the words used).
"""

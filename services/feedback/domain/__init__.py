"""What clients answer, and what may be answered. Pure: no I/O, no clock, no protobuf.

``forms`` (what arrived), ``instruments`` and ``catalogue`` (what may be answered), ``rules`` (whether it was), ``risk``
(which answers page somebody, seen before anything else) and ``responses`` (all revisions of one response).
"""

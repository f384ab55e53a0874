"""Answers from a clinic's files.

``mapping`` says what the columns mean, ``rows`` reads CSV or NDJSON, and ``responses`` makes of each row what is sent,
checked by the feedback service's own rules before anything leaves.
"""

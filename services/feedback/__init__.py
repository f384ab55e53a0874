"""The feedback service: what clients answer after a session, and the risk that an answer shows."""

#!/usr/local/bin/python
"""Asks the broker for its API versions over the wire, as the official command does; exit 0 when it answers."""

import sys

from kafka import KafkaAdminClient

KafkaAdminClient(bootstrap_servers=sys.argv[sys.argv.index("--bootstrap-server") + 1], request_timeout_ms=5000).close()

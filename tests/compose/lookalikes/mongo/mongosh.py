#!/usr/local/bin/python
"""Answers the health check's one question (are you a writable primary?); the script itself is not run."""

import socket
import sys

import pymongo

user, password = sys.argv[sys.argv.index("-u") + 1], sys.argv[sys.argv.index("-p") + 1]
client = pymongo.MongoClient(
    socket.gethostname(), 27017, username=user, password=password, directConnection=True, serverSelectionTimeoutMS=5000
)
client.admin.command("replSetGetStatus")
sys.exit(0 if client.admin.command("hello")["isWritablePrimary"] else 1)

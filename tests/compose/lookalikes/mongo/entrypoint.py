#!/usr/local/bin/python
"""As the official entrypoint: make the root user once, then run the server with authentication as user 999."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pymongo

DATA = Path("/data/db")
SERVER = ["secantusd-py", "--storage-path", "/data/db/store", "--sync-on-commit", "--log-level", "WARNING"]
USER, PASSWORD_FILE = os.environ["MONGO_INITDB_ROOT_USERNAME"], Path(os.environ["MONGO_INITDB_ROOT_PASSWORD_FILE"])

keyfile = Path(sys.argv[sys.argv.index("--keyFile") + 1]).stat()
if keyfile.st_mode & 0o077 or keyfile.st_uid != 999:
    sys.exit("permissions on the key file are too open, as mongod would say")
password = PASSWORD_FILE.read_text().strip()
os.chown(DATA, 999, 999)
os.setgid(999)
os.setuid(999)
os.environ["HOME"] = "/tmp"
if not (DATA / "initialised").exists():
    setup = subprocess.Popen([*SERVER, "--host", "127.0.0.1", "--port", "27999"])
    client = pymongo.MongoClient("mongodb://127.0.0.1:27999/?directConnection=true", serverSelectionTimeoutMS=30000)
    client.admin.command("createUser", USER, pwd=password, roles=["root"])
    client.close()
    setup.terminate()
    setup.wait()
    (DATA / "initialised").touch()
os.execvp(SERVER[0], [*SERVER, "--host", socket.gethostname(), "--port", "27017", "--auth"])

"""MongoDB as every service uses it: durable, versioned documents that carry their outbox.

Times in documents have millisecond precision, because BSON's have; ``Aggregates.change`` truncates what it saves, so
what is compared, stored and read back is the same.
"""

from services.runtime.store.aggregates import Aggregates, Change, OutboxEntry
from services.runtime.store.client import Store
from services.runtime.store.documents import canonical
from services.runtime.store.indexes import Index
from services.runtime.store.lease import Lease
from services.runtime.store.trouble import mongo_errors
from services.runtime.store.vault import MasterKeys, Vault

__all__ = [
    "Aggregates",
    "Change",
    "Index",
    "Lease",
    "MasterKeys",
    "OutboxEntry",
    "Store",
    "Vault",
    "canonical",
    "mongo_errors",
]

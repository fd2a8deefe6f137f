"""The store: one DuckDB file that one process at a time works in, and the copy of it that everyone reads.

This package is all that opens DuckDB. ``store.duckdb`` is private: whoever opens it holds the home's lock. Its tables
are in the schema ``kept``; the contract's views are in ``main``, so that publishing is copying the file. Instants go
in and come out aware and in UTC. Nothing is ever deleted from the items.
"""

from veille.store.files import PUBLISHED
from veille.store.ledger import FrozenDigestError
from veille.store.opening import Store, load_rows, open_published, open_store, open_store_in_memory
from veille.store.recipients import EVERY_AUDIENCE
from veille.store.rows import StoreError, find_machine_fault

__all__ = [
    "EVERY_AUDIENCE",
    "PUBLISHED",
    "FrozenDigestError",
    "Store",
    "StoreError",
    "find_machine_fault",
    "load_rows",
    "open_published",
    "open_store",
    "open_store_in_memory",
]

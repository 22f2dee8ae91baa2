"""The one way in: requests of the collector, files of the importers and the watcher all end here.

`Ingest` owns the only writing thread. It decodes and writes (decoding in one thread beside inserts in
another makes both wait for the interpreter lock), commits many requests together, and settles a
request only after the commit.
"""

from halo_dash.ingest.budget import Budget
from halo_dash.ingest.delivery import Delivery, Receipt
from halo_dash.ingest.ledger import Ledger
from halo_dash.ingest.writer import Ingest

__all__ = ["Budget", "Delivery", "Ingest", "Ledger", "Receipt"]

from sidecar.storage.entry import Unstorable
from sidecar.storage.store import NoStore, Purge, Store
from sidecar.units import Timestamp


async def test_no_store_keeps_nothing():
    store: Store = NoStore()
    store.put(b"k", Unstorable(b"u", "private", Timestamp(1)))
    store.after_writes(lambda: store.remove(b"other"))
    store.purge(Purge(everything=True))
    assert store.get(b"k") is None
    assert await store.fetch(b"k") is None
    assert not store.remote
    assert store.mark() == (0, 0)

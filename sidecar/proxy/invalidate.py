"""Invalidate: carries out what an answer to an unsafe request makes of the store."""

from collections.abc import Mapping

from sidecar.policy.invalidation import Also, invalidated, names_others
from sidecar.storage.store import Purge, Store


def invalidate(
    store: Store, url: bytes, target: bytes, values: Mapping[bytes, bytes], also: Also
) -> None:
    """`url` as it is stored, with what of the query counts; `target` as it was sent."""
    if not names_others(values, also) and url.endswith(target):
        store.purge(Purge(urls=(url,)))
        return
    origin = b"/".join(url.split(b"/", 3)[:3])
    what = invalidated(values, origin, target, also)
    store.purge(Purge(urls=tuple({*what.urls, url}), tags=what.tags))
    if what.paths:
        store.purge(Purge(patterns=what.paths, origin=origin))

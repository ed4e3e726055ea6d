import pytest
from pydantic import ValidationError

from sidecar.config.schema_cache import Cache, CacheKey, Conditional


def test_contract_defaults():
    assert Cache().ttl is None
    assert (Cache().max_size, Cache().jitter) == (4 * 2**20, 0.05)
    assert Conditional().model_dump(mode="json") == {"etag": True, "max_size": "1MiB"}


@pytest.mark.parametrize("query", ["all", "none", ["a"], {"except": ["a"]}])
def test_queries(query):
    assert CacheKey.model_validate({"query": query}) is not None


@pytest.mark.parametrize("query", ["some", [1], {"but": ["a"]}, None])
def test_not_queries(query):
    with pytest.raises(ValidationError):
        CacheKey.model_validate({"query": query})

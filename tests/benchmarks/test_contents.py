"""What a shop sends: as long as said, the same each time, and not filler."""

import json
import zlib

from benchmarks.contents import HTML_SIZE, JSON_SIZE, shop_html, shop_json


def test_json():
    content = shop_json()
    assert len(content) == JSON_SIZE
    assert content == shop_json()
    assert len(json.loads(content)) > 100
    assert 3 < len(content) / len(zlib.compress(content)) < 6


def test_html():
    content = shop_html()
    assert len(content) == HTML_SIZE
    assert content == shop_html()
    assert 3 < len(content) / len(zlib.compress(content)) < 10

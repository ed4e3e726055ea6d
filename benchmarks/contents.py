"""Contents: what a shop's application sends, made from a seed.

Filler compresses to nothing; these have the entropy of real lists and pages: names
from a small vocabulary, and numbers, identifiers and times that differ.
"""

import json
from collections.abc import Iterator
from random import Random

JSON_SIZE = 50_000
HTML_SIZE = 1_000_000

_WORDS = """
amber basalt cedar delta ember fjord granite harbor indigo juniper kelp lumen
maple nickel onyx pebble quartz river slate timber umber velvet willow xenon
yarrow zephyr anchor beacon copper dune eagle flint glacier heron iris jade
kite lantern meadow north ocean pine quill raven stone thistle urchin valley
wren
""".split()  # noqa: SIM905 (a list would take a line for each)


def _items(random: Random) -> Iterator[dict[str, object]]:
    while True:
        code = "".join(random.choices("ABCDEFGHJK", k=3))
        day = f"2026-{random.randrange(1, 13):02d}-{random.randrange(1, 29):02d}"
        time = f"{random.randrange(24):02d}:{random.randrange(60):02d}:00Z"
        yield {
            "id": f"{random.getrandbits(128):032x}",
            "sku": f"{code}-{random.randrange(99999):05d}",
            "name": " ".join(random.choices(_WORDS, k=3)).title(),
            "description": " ".join(random.choices(_WORDS, k=random.randrange(8, 22))),
            "price": round(random.random() * 500, 2),
            "stock": random.randrange(2000),
            "updated": f"{day}T{time}",
            "tags": random.sample(_WORDS, random.randrange(1, 5)),
            "active": random.random() < 0.9,  # noqa: PLR2004
        }


def shop_json() -> bytes:
    """Return a list of products, of `JSON_SIZE` bytes."""
    parts: list[str] = []
    size = 2
    for item in _items(Random(7)):  # noqa: S311 - no secret is made of it
        text = json.dumps(item)
        size += len(text) + 2
        if size > JSON_SIZE:
            break
        parts.append(text)
    return f"[{', '.join(parts)}]".encode().ljust(JSON_SIZE)


def shop_html() -> bytes:
    """Return a page of products, of `HTML_SIZE` bytes."""
    parts = ["<!doctype html><html><head><title>Shop</title></head><body><main>\n"]
    size = len(parts[0])
    for item in _items(Random(8)):  # noqa: S311 - no secret is made of it
        text = (
            f'<article class="product card" id="p-{item["id"]}">\n'
            f'  <h2 class="product__name" data-sku="{item["sku"]}">\n'
            f'    <a href="/products/{item["id"]}">{item["name"]}</a></h2>\n'
            f'  <p class="product__text">{item["description"]}</p>\n'
            f'  <span class="product__price">{item["price"]} EUR</span>\n</article>\n'
        )
        size += len(text)
        if size > HTML_SIZE - 30:
            break
        parts.append(text)
    parts.append("</main></body></html>\n")
    return "".join(parts).encode().ljust(HTML_SIZE)

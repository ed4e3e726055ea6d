from pathlib import Path

from sidecar.config import reference
from sidecar.config.outline import keys

PAGE = Path(__file__).parents[2] / "docs/configuration.md"


def test_the_page_is_not_stale():
    assert PAGE.read_text() == reference.text(), (
        "run: python -m sidecar.config.reference > docs/configuration.md"
    )


def test_every_key_is_on_the_page():
    text = reference.text()
    for names in keys().values():
        assert all(f"| `{name}` |" in text for name in names)

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from sidecar.inject.emit import block, flow

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=20)
SCALARS = TEXTS | st.integers(-9, 99999) | st.booleans()
DATA = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3)
    ),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("rule", "data", "lines"),
    [
        ("words are plain", {"a": "b/c.d-e"}, ["a: b/c.d-e"]),
        ("what may be something else is quoted", {"on": "1:30"}, ['"on": "1:30"']),
        ("an empty text", {"a": ""}, ['a: ""']),
        ("a short list is one line", {"a": ["b", 1]}, ["a: [b, 1]"]),
        ("a long one is not", {"a": ["b" * 40] * 2}, ["a:", *[f"  - {'b' * 40}"] * 2]),
        (
            "mappings in a list",
            {"a": [{"b": 1, "c": 2}]},
            ["a:", "  - b: 1", "    c: 2"],
        ),
        ("nothing in it", {"a": {}, "b": []}, ["a: {}", "b: []"]),
        ("lines stay lines", {"a": "x\ny\n"}, ["a: |", "  x", "  y"]),
        ("without an end", {"a": "x\ny"}, ["a: |-", "  x", "  y"]),
    ],
)
def test_how_it_is_written(rule, data, lines):
    assert block(data) == lines
    assert yaml.safe_load("\n".join([*lines, ""])) == data


@given(st.dictionaries(TEXTS, DATA, min_size=1, max_size=4))
def test_old_and_new_readers_understand_the_same(data):
    text = "\n".join(block(data, "  ")) + "\n"
    assert yaml.safe_load(text) == data
    assert YAML(typ="safe", pure=True).load(text) == data
    assert json.loads(flow(data)) == data

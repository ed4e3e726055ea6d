import pytest

from sidecar.config.document import parse
from sidecar.config.yaml_nodes import Position, Unreadable


def read(text, **environ):
    return parse(text.encode(), "f.yaml", environ)


def test_data_and_places():
    found = read('a: 1\nb:\n  - c: "2"\n    d: off\n')
    assert found.data == {"a": 1, "b": [{"c": "2", "d": "off"}]}
    assert found.keys["b", 0, "d"] == Position(4, 5)
    assert found.values["b", 0, "d"] == Position(4, 8)
    assert found.values["b", 0] == Position(3, 5)


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "null"])
def test_an_empty_file_says_nothing(text):
    assert read(text).data == {}


@pytest.mark.parametrize(
    ("rule", "text", "line", "column", "says"),
    [
        ("duplicate key", "a: 1\nb: 2\na: 3", 3, 1, "already set in line 1"),
        ("nested duplicate", "a: {b: 1, b: 2}", 1, 11, "already set in line 1"),
        ("key is a list", "[1]: 2", 1, 1, "a key must be plain text"),
        ("tag", "a: !!python/name:os.system x", 1, 4, "tags are not supported"),
        ("set", "a: !!set {b}", 1, 4, "tags are not supported"),
        ("merge of a scalar", "a: {<<: 1}", 1, 9, "alias of a mapping"),
        ("missing variable", "a:\n  b: ${NO}", 2, 6, "the variable NO is missing"),
    ],
)
def test_problems_have_a_place(rule, text, line, column, says):
    [(_, position, message)] = read(text).problems
    assert position == Position(line, column), rule
    assert says in message


def test_variables_take_the_type_of_their_text_and_never_add_structure():
    found = read(
        'n: ${N}\nq: "${N}"\npart: x${N}\nmap: ${M}\nempty: ${E}\nb: ${B}',
        N="12",
        M="{a: 1}",
        E="",
        B="true",
    )
    assert found.data == {
        "n": 12,
        "q": 12,
        "part": "x12",
        "map": "{a: 1}",
        "empty": "",
        "b": True,
    }
    assert found.variables["part",] == ("N",)
    assert found.texts["n",] == "12"


def test_merge_keys_add_what_is_not_there():
    found = read("a: &x {p: 1, q: 2}\nb:\n  <<: *x\n  q: 3\nc: {<<: [*x, {r: 4}]}")
    assert found.data["b"] == {"p": 1, "q": 3}
    assert found.data["c"] == {"p": 1, "q": 2, "r": 4}
    assert found.keys["b", "p"] == Position(1, 8)
    assert found.keys["b", "q"] == Position(4, 3)


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "\n".join(
    f"{name}: &{name} [{','.join(['*' + before] * 9)}]"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("rule", "text", "says"),
    [
        ("aliases of aliases", BOMB, "more than"),
        ("alias within itself", "a: &a [*a]", "nested deeper"),
        ("merged into itself", "a: &a {<<: *a}", "merged into itself"),
        ("a list", "[1]", "must be a mapping"),
        ("text", "hello", "must be a mapping"),
    ],
)
def test_hostile_files_are_refused(rule, text, says):
    with pytest.raises(Unreadable, match=says):
        read(text)

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.inject.errors import BrokenMarksError
from sidecar.inject.marks import (
    Change,
    changed,
    is_marked,
    line_starts,
    undone,
)

TEXT = "a: 1\nb: 2\nc: 3"


def replaced(line, new, text=TEXT):
    starts = line_starts(text)
    return Change(starts[line], starts[line + 1], new, line, line + 1)


def inserted(line, new, text=TEXT):
    at = line_starts(text)[line]
    return Change(at, at, new, line, line)


def test_what_was_is_kept_beside_what_is():
    assert changed(TEXT, [replaced(1, "  b: 9\n")]) == (
        "a: 1\n"
        "  # sidecar-inject: begin\n"
        "  # sidecar-inject: was |b: 2\n"
        "  b: 9\n"
        "  # sidecar-inject: end\n"
        "c: 3"
    )


@pytest.mark.parametrize(
    ("rule", "changes", "marks"),
    [
        (
            "neighbours have marks of their own",
            [replaced(0, "x\n"), replaced(1, "y\n")],
            2,
        ),
        ("two at one place share them", [inserted(1, "x\n"), inserted(1, "y\n")], 1),
        ("behind a replaced line as well", [replaced(0, "x\n"), inserted(1, "y\n")], 1),
        ("a removal leaves only marks", [replaced(1, "")], 1),
        ("the last line has no end", [replaced(2, "x\n")], 1),
        ("nothing", [], 0),
    ],
)
def test_changes_can_be_taken_back(rule, changes, marks):
    done = changed(TEXT, changes)
    assert done.count("# sidecar-inject: begin") == marks
    assert is_marked(done) == bool(marks)
    assert undone(done) == TEXT


def test_changes_within_one_line():
    text = "a: [1, 2]\n"
    done = changed(text, [Change(4, 5, "9", 0, 1), Change(7, 8, "8", 0, 1)])
    assert "\na: [9, 8]\n" in done
    assert undone(done) == text


def test_what_was_edited_outside_of_the_marks_stays():
    done = changed(TEXT, [replaced(1, "b: 9\n")])
    assert undone(done.replace("c: 3", "c: 4")) == "a: 1\nb: 2\nc: 4"


@pytest.mark.parametrize(
    "text",
    [
        "# sidecar-inject: begin\na: 1\n",
        "# sidecar-inject: end\na: 1\n",
        "# sidecar-inject: begin\n# sidecar-inject: begin\n# sidecar-inject: end\n",
    ],
)
def test_marks_that_do_not_pair_up(text):
    with pytest.raises(BrokenMarksError):
        undone(text)


LINES = st.lists(st.text("ab: #|\t", max_size=6), max_size=6)
ENDS = st.sampled_from(["\n", "\r\n"])


@given(LINES, ENDS, st.booleans(), st.data())
def test_any_changes_to_any_text_can_be_taken_back(lines, end, ended, data):
    text = end.join(lines) + (end if ended and lines else "")
    count = len(line_starts(text)) - 1
    changes = []
    for line in data.draw(st.lists(st.integers(0, count), unique=True)):
        new = "".join(f"{one}\n" for one in data.draw(LINES))
        if line < count:
            changes.append(replaced(line, new, text))
        elif not text or text.endswith("\n"):
            changes.append(inserted(line, new, text))
    assert undone(changed(text, changes)) == text

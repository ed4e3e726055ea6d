"""Translation: pydantic's errors as mistakes that name what was found and allowed."""

from collections.abc import Iterator

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from sidecar.config.addresses import without_userinfo
from sidecar.config.draft import Draft, replace_at, value_at
from sidecar.config.mistakes import KeyPath, Mistake, did_you_mean
from sidecar.config.outline import homes, is_secret, known_keys
from sidecar.config.quantities import shown

_EXPECTED = {
    "bool_type": "true or false is needed",
    "int_type": "a whole number is needed",
    "string_type": "text is needed",
    "tuple_type": "a list is needed",
    "list_type": "a list is needed",
    "dict_type": "a mapping (`key: value`) is needed",
    "model_type": "a mapping (`key: value`) is needed",
    "model_attributes_type": "a mapping (`key: value`) is needed",
    "too_short": "at least one entry is needed",
    "string_too_short": "text is needed",
}
_BOUNDS = {
    "greater_than_equal": ("at least", "ge"),
    "less_than_equal": ("at most", "le"),
}
_QUOTE = "write it in quotes"


def mistakes(error: ValidationError, draft: Draft) -> Iterator[Mistake]:
    details = error.errors(include_url=False, include_input=False)
    wrong_within = {at["loc"][:-1] for at in details}
    for detail in details:
        # A list is short of the entries that are mistaken.
        if detail["type"] != "too_short" or detail["loc"] not in wrong_within:
            path = located(detail["loc"], draft.data)
            yield _mistake(detail, path, draft)


def as_text(error: ValidationError, draft: Draft) -> bool:
    """Give back their text to variables that look like numbers where text is asked.

    Returns whether anything changed, and validation is worth another try.
    """
    changed = False
    for detail in error.errors(include_url=False, include_input=False):
        path = located(detail["loc"], draft.data)
        text = draft.document.texts.get(draft.written(path))
        if detail["type"] == "string_type" and text is not None:
            replace_at(draft.data, path, text)
            changed = True
    return changed


def located(location: tuple[int | str, ...], data: object) -> KeyPath:
    """Turn pydantic's location into a path of the data.

    What pydantic adds is left out: tags of variants (`<mapping>`), the mark of a
    dictionary's key, and positions in a list that was written as a single value.
    """
    path: list[str | int] = []
    for part in location:
        if isinstance(part, str) and part in (
            "<mapping>",
            "<list>",
            "<value>",
            "[key]",
        ):
            continue
        if isinstance(part, int) and not isinstance(data, list):
            continue
        path.append(part)
        data = value_at(data, (part,))
    return tuple(path)


def _mistake(detail: ErrorDetails, path: KeyPath, draft: Draft) -> Mistake:
    kind = detail["type"]
    if kind == "extra_forbidden":
        return _unknown_key(path, draft)
    if detail["loc"][-1:] == ("[key]",):
        is_name = kind == "string_pattern_mismatch"
        message = f"not a name: {shown(path[-1])}" if is_name else _reason(detail)
        return draft.mistake(path, message, _NAMES if is_name else "", at_key=True)
    if kind == "missing":
        return draft.mistake(path, f"the key {str(path[-1])!r} is missing")
    if kind == "literal_error":
        return _not_one_of(detail, path, draft)
    if kind == "too_short" and is_secret(path):
        return draft.mistake(path, "a secret is needed, and this is empty")
    value = value_at(draft.data, path)
    unquoted = kind == "string_type" and isinstance(value, int | float)
    return draft.mistake(
        path, _message(detail, _found(value, path)), _QUOTE if unquoted else ""
    )


def _message(detail: ErrorDetails, found: str) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind in _BOUNDS:
        words, bound = _BOUNDS[kind]
        return f"{words} {context[bound]} is needed, not {found}"
    if kind == "too_long":
        most, there = context["max_length"], context["actual_length"]
        return f"at most {most} entries are allowed, not {there}"
    if kind in _EXPECTED:
        return f"{_EXPECTED[kind]}, not {found}"
    if kind == "string_pattern_mismatch":
        return f"{found} does not fit: {context['pattern'].strip('^$')}"
    return _reason(detail)


_NAMES = "letters, digits and . _ - , at most 64"


def _reason(detail: ErrorDetails) -> str:
    raised = detail.get("ctx", {}).get("error")
    return str(without_userinfo(str(raised or detail["msg"])))


def _unknown_key(path: KeyPath, draft: Draft) -> Mistake:
    key, known = str(path[-1]), known_keys(path[:-1])
    hint = did_you_mean(key, known)
    elsewhere = homes(key)
    if not hint and elsewhere:
        hint = f"{key!r} is a key of {' and '.join(elsewhere[:2])}"
        if elsewhere[0] == "defaults":
            hint += ", and of each route"
    if not hint and known:
        hint = f"known here: {', '.join(known)}"
    return draft.mistake(path, f"unknown key {key[:60]!r}", hint, at_key=True)


def _not_one_of(detail: ErrorDetails, path: KeyPath, draft: Draft) -> Mistake:
    expected = str(detail.get("ctx", {}).get("expected", ""))
    value = value_at(draft.data, path)
    words = expected.replace(" or ", ", ").replace("'", "").split(", ")
    return draft.mistake(
        path,
        f"{_found(value, path)} is not one of: {', '.join(words)}",
        did_you_mean(value, words),
    )


def _found(value: object, path: KeyPath) -> str:
    if is_secret(path):
        return "what is there"
    return shown(without_userinfo(value))

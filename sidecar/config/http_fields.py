"""HTTP fields: settings that name parts of messages: paths, hosts, fields, methods."""

import re
from typing import Annotated

from pydantic import AfterValidator, Strict, StringConstraints

from sidecar.config.fields import Text
from sidecar.config.quantities import shown
from sidecar.policy import path_pattern
from sidecar.policy.edits import UNEDITABLE
from sidecar.semantics.target import is_host


def _path_pattern(value: str) -> str:
    fault = path_pattern.fault(value)
    if fault:
        raise ValueError(f"{shown(value)} {fault}")
    return value


PathPattern = Annotated[Text, AfterValidator(_path_pattern)]

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}", re.ASCII)
# Tabs are allowed within a value, other control characters never (RFC 9110 §5.5).
_VALUE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")


def _field_name(value: str) -> str:
    if not _TOKEN.fullmatch(value):
        raise ValueError(f"not a field name: {shown(value)}")
    return value


def _cookie_name(value: str) -> str:
    if not _TOKEN.fullmatch(value):
        raise ValueError(f"not a cookie's name: {shown(value)}")
    return value


def _editable(value: str) -> str:
    if _field_name(value).lower().encode() in UNEDITABLE:
        raise ValueError(f"the field {value} is written by the sidecar itself")
    return value


def _field_value(value: str) -> str:
    if not _VALUE.fullmatch(value) or value != value.strip(" \t"):
        raise ValueError("a field value is one line without spaces around it")
    return value


FieldName = Annotated[str, Strict(), AfterValidator(_field_name)]
CookieName = Annotated[str, Strict(), AfterValidator(_cookie_name)]
EditableName = Annotated[str, Strict(), AfterValidator(_editable)]
FieldValue = Annotated[
    str, Strict(), StringConstraints(max_length=8192), AfterValidator(_field_value)
]


def _media_type(value: str) -> str:
    if not re.fullmatch(r"[!-~]+/[!-~]+( [!-~]+)*", value, re.ASCII):
        raise ValueError(
            f"not a media type: {shown(value)} (example: text/html; charset=utf-8)"
        )
    return value


MediaType = Annotated[
    str, Strict(), StringConstraints(max_length=256), AfterValidator(_media_type)
]


def _media_range(value: str) -> str:
    known = value == "*/*" or (
        value.count("*") <= 1
        and re.fullmatch(r"[\w!#$&^.+*-]+/[\w!#$&^.+*-]+", value, re.ASCII)
    )
    if not known:
        raise ValueError(
            f"no response is of the type {shown(value)} "
            "(examples: application/json, text/*, application/*+json)"
        )
    return value


MediaRange = Annotated[
    str,
    Strict(),
    StringConstraints(min_length=1, max_length=256),
    AfterValidator(_media_range),
]


def _upstream_host(value: str) -> str:
    if not is_host(value.encode("utf-8", "surrogatepass")):
        raise ValueError(f"not preserve, upstream or a host: {shown(value)}")
    return value


UpstreamHost = Annotated[Text, AfterValidator(_upstream_host)]


def _method(value: str) -> str:
    if not _TOKEN.fullmatch(value):
        raise ValueError(f"not a method: {shown(value)}")
    if value != value.upper():
        raise ValueError(f"methods are case-sensitive: {value!r} is not a known one")
    return value


Method = Annotated[str, Strict(), AfterValidator(_method)]

_HOST = re.compile(
    r"(\*\.)?([A-Za-z0-9_-]{1,63}\.)*[A-Za-z0-9_-]{1,63}(:\d{1,5})?"
    r"|\[[0-9A-Fa-f:.]+\](:\d{1,5})?",
    re.ASCII,
)


def _host_pattern(value: str) -> str:
    if not _HOST.fullmatch(value):
        raise ValueError(
            f"not a host: {shown(value)} (examples: api.example.com, *.example.com)"
        )
    return value.lower()


def _protocol(value: str) -> str:
    if not re.fullmatch(r"\*|[A-Za-z0-9!#$%&'+.^_`|~-]+(/[A-Za-z0-9.]+)?", value):
        raise ValueError(f"not a protocol: {shown(value)} (example: websocket)")
    return value.lower()


HostPattern = Annotated[Text, AfterValidator(_host_pattern)]
Protocol = Annotated[Text, AfterValidator(_protocol)]

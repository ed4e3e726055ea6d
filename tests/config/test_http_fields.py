import pytest
from pydantic import TypeAdapter, ValidationError

from sidecar.config import http_fields as fields


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (fields.PathPattern, "/"),
        (fields.PathPattern, "/api/**/x/{id}/*"),
        (fields.FieldName, "X-A"),
        (fields.EditableName, "Via"),
        (fields.FieldValue, "a\tb é"),
        (fields.FieldValue, ""),
        (fields.Method, "GET"),
        (fields.Method, "M-SEARCH"),
        (fields.HostPattern, "*.example.com"),
        (fields.HostPattern, "[::1]:80"),
        (fields.Protocol, "websocket"),
        (fields.Protocol, "*"),
        (fields.MediaRange, "Application/vnd.api+json"),
        (fields.MediaRange, "text/*"),
        (fields.MediaRange, "application/*+json"),
        (fields.MediaRange, "*/*"),
    ],
)
def test_accepts(kind, given):
    assert TypeAdapter(kind).validate_python(given) == given


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (fields.PathPattern, "api"),
        (fields.PathPattern, "/a*"),
        (fields.PathPattern, "/a/**b"),
        (fields.PathPattern, "/a?b"),
        (fields.PathPattern, "/a/../b"),
        (fields.FieldName, "a b"),
        (fields.FieldName, ""),
        (fields.EditableName, "Content-Length"),
        (fields.EditableName, "transfer-encoding"),
        (fields.FieldValue, "a\r\nb: c"),
        (fields.FieldValue, "a\x00"),
        (fields.FieldValue, " a"),
        (fields.Method, "get"),
        (fields.Method, "G T"),
        (fields.HostPattern, "a/b"),
        (fields.HostPattern, "a.*.b"),
        (fields.Protocol, "a b"),
        (fields.MediaRange, "json"),
        (fields.MediaRange, "text/html; charset=utf-8"),
        (fields.MediaRange, "application/*json*"),
        (fields.MediaRange, "text/"),
        (fields.MediaRange, "text/html, text/css"),
        (fields.MediaRange, ""),
    ],
)
def test_refuses(kind, given):
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(given)


def test_names_without_case_are_lower_case():
    assert TypeAdapter(fields.HostPattern).validate_python("A.B") == "a.b"
    assert TypeAdapter(fields.Protocol).validate_python("WebSocket") == "websocket"

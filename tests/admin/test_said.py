"""Answers before anybody writes them."""

import json
from http import HTTPStatus

from sidecar.admin.said import JSON, PROBLEM, Said, problem


def test_json_ends_with_a_line():
    said = Said.json({"a": 1})
    assert (said.content, said.content_type) == (b'{"a": 1}\n', JSON)


def test_a_refusal_is_problem_details():
    said = Said.refused(HTTPStatus.NOT_FOUND)
    assert (said.status, said.content_type) == (HTTPStatus.NOT_FOUND, PROBLEM)
    assert json.loads(said.content) == {
        "type": "urn:sidecar:admin:not_found",
        "title": "Not Found.",
        "status": 404,
        "code": "not_found",
    }


def test_more_may_be_said():
    content = problem(HTTPStatus.CONFLICT, "a", "A.", {"why": "b"})
    assert json.loads(content)["why"] == "b"

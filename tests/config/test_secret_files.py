import pytest

from sidecar.config.secret_files import MAX_SECRET


def test_a_secret_is_the_content_of_its_file(tmp_path, loaded):
    (tmp_path / "token").write_bytes(b" s3cret \r\n")
    for text in (f"file:{tmp_path}/token", "file:token"):
        found = loaded(f"admin: {{token: '{text}'}}").config
        assert found.admin.token.get_secret_value() == " s3cret "


def test_the_name_of_the_file_may_come_from_a_variable(tmp_path, loaded):
    (tmp_path / "token").write_text("s3cret")
    found = loaded('admin: {token: "${T}"}', T="file:token").config
    assert found.admin.token.get_secret_value() == "s3cret"


@pytest.mark.parametrize(
    ("rule", "content", "says"),
    [
        ("missing", None, "No such file or directory"),
        ("empty", b"\n", "is empty"),
        ("too large", b"x" * (MAX_SECRET + 1), "larger than 64 KiB"),
        ("not text", b"\xff\xfe", "not UTF-8"),
    ],
)
def test_unusable_files(tmp_path, mistakes, rule, content, says):
    if content is not None:
        (tmp_path / "token").write_bytes(content)
    [mistake] = mistakes("admin: {token: 'file:token'}")
    assert (mistake.line, mistake.column) == (1, 16), rule
    assert says in mistake.message


def test_a_name_that_no_file_can_have(mistakes):
    [mistake] = mistakes('admin: {token: "file:a\\0b"}')
    assert "not a file name" in mistake.message


def test_only_secrets_are_read_from_files(tmp_path, loaded):
    (tmp_path / "name").write_text("x")
    assert loaded("telemetry: {service: 'file:name'}").config.telemetry.service == (
        "file:name"
    )

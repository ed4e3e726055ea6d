"""What compression and 304 saved."""

from sidecar.telemetry.lightness import Lightness, RouteLightness


def test_rows():
    lightness = Lightness()
    one, other = RouteLightness("one", lightness), RouteLightness("other", lightness)
    one.coded(b"br", 100, 10)
    other.coded(b"br", 200, 20)
    lightness.refined(b"br", 20, 15)
    lightness.refined(b"br", 10, 9)
    one.skipped("small")
    one.skipped("small")
    other.not_modified()
    assert list(lightness.rows()) == [
        ("sidecar_compression_bytes_total", ("br", "in"), 300),
        ("sidecar_compression_bytes_total", ("br", "out"), 30),
        ("sidecar_refined_total", ("br",), 2),
        ("sidecar_refined_bytes_total", ("br", "in"), 30),
        ("sidecar_refined_bytes_total", ("br", "out"), 24),
        ("sidecar_compression_skipped_total", ("small",), 2),
    ]
    assert list(one.rows()) == [("sidecar_not_modified_total", ("one",), 0)]
    assert list(other.rows()) == [("sidecar_not_modified_total", ("other",), 1)]

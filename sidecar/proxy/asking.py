"""Asking: the request as the upstream gets it, where that is not the client's own.

Conditions of ours replace the client's: what is asked is whether *our* stored
response still holds, and whole responses are what can be stored for others.
"""

from dataclasses import replace

from sidecar.semantics.message import Fields, RequestHead

CONDITIONS = frozenset({b"if-modified-since", b"if-none-match", b"if-range", b"range"})
_CODING = (b"Accept-Encoding", b"identity")


def asking(
    request: RequestHead, conditions: Fields, *, identity_encoding: bool
) -> RequestHead:
    """`request` with these conditions and no others.

    `identity_encoding`: for content without coding, whatever the client takes.
    """
    values = request.values
    gone = CONDITIONS
    added = conditions
    if identity_encoding and b"accept-encoding" in values:
        gone |= {b"accept-encoding"}
        added = [*conditions, _CODING]
    if not added and gone.isdisjoint(values):
        return request
    passing = request.passing
    if passing is not None:
        passing = [
            line for line in passing if line.partition(b":")[0].lower() not in gone
        ]
        passing += [b"%b: %b\r\n" % field for field in added]
    kept = {name: value for name, value in values.items() if name not in gone}
    return replace(
        request,
        fields=[
            *(pair for pair in request.fields if pair[0].lower() not in gone),
            *added,
        ],
        values=kept | {name.lower(): value for name, value in added},
        passing=passing,
    )

"""Amendment: a request that goes on otherwise than it came."""

from collections.abc import Mapping

from sidecar.semantics.message import RequestHead


def amend(request: RequestHead, changes: Mapping[bytes, bytes | None]) -> None:
    """Give fields, named in lower case, other values; None takes them away.

    `request.values` becomes another mapping: who has the old one has what the
    client said.
    """
    values = dict(request.values)
    fields = [one for one in request.fields if one[0].lower() not in changes]
    for name, value in changes.items():
        values.pop(name, None)
        if value is not None:
            fields.append((name.title(), value))
            values[name] = value
    request.fields, request.values, request.passing = fields, values, None

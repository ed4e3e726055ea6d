"""Host patterns: which of them a Host field's value fits.

A pattern is a name, or `*.name` for any depth below it. Its port counts where
it has one. Case and the dot at the end of a name mean nothing.
"""

from collections.abc import Iterator

LONGEST_HOST = 255


def patterns(authority: bytes) -> Iterator[bytes]:
    """All patterns that fit `authority`, in lower case, the exact ones included.

    None for what is longer than a name may be.
    """
    authority = authority.lower()
    if len(authority) > LONGEST_HOST:
        return
    name, colon, port = authority.rpartition(b":")
    if not (colon and port.isdigit()):
        name, port = authority, b""
    name = name.removesuffix(b".")
    forms = (name, name + b":" + port) if port else (name,)
    for form in forms:
        yield form
        at = form.find(b".")
        while at > 0:
            yield b"*" + form[at:]
            at = form.find(b".", at + 1)

"""Compiles what is on the way of each request, where that is possible.

The modules below are ordinary Python, and work as such. mypyc makes C of them, after
their types, and a forwarded GET then takes less than half of the time within the
process (docs/decisions/0014-compiled.md). Everything else about the project is in
pyproject.toml.

SIDECAR_COMPILE=0 leaves them as they are, SIDECAR_COMPILE=1 fails where they cannot be
compiled. Unset: they are where there is a C compiler with Python's headers.
"""

import os
import shutil
import sys
import sysconfig
from pathlib import Path

from setuptools import Extension, setup

# What a GET, a POST and a hit call; `tests/test_compiled.py` holds it against them.
COMPILED = {
    "": "units",
    "semantics": "accept_encoding conditional fields forwarding framing lines message"
    " plain_forwarding representation target trace_context",
    "policy": "breaker budget bypass cache_key compression confirmation deadlines"
    " freshness hit_for_miss invalidation media_types ownership path_pattern retry"
    " routing validation",
    "upstream": "arrivals connection endpoint head lifetime plain_head pool response"
    " sockets upstream wire wire_state",
    "storage": "epochs labels purged_labels store tiers",
    "telemetry": "access_line access_log finished histogram lightness line_writer"
    " metrics observer redaction",
    "proxy": "beforehand body cache cached_answer deliver elsewhere exchange fetch"
    " fetched identifiers invalidate keep lightening looked_up observed_cache onward"
    " outgoing passage permits phases pipeline ready rendition retrying route sharing"
    " tagging tally unguarded users verdicts",
    "server": "client_state client_wire express guard outflow plain_head request_body"
    " request_parser sockets",
}


def paths() -> list[str]:
    """The modules, from the project's root."""
    return [
        str(Path("sidecar", package, f"{name}.py"))
        for package, names in COMPILED.items()
        for name in names.split()
    ]


def obstacle() -> str | None:
    """What keeps from compiling."""
    wish = os.environ.get("SIDECAR_COMPILE", "")
    if wish == "0":
        return "SIDECAR_COMPILE is 0"
    compiler = os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc"
    if shutil.which(compiler.split()[0]) is None:
        return f"there is no {compiler.split()[0]}"
    if not Path(sysconfig.get_path("include"), "Python.h").exists():
        return "Python's headers are not installed"
    return None


def extensions() -> list[Extension]:
    """What to build; nothing where the modules stay as they are."""
    found = obstacle()
    if found is not None:
        if os.environ.get("SIDECAR_COMPILE") == "1":
            sys.exit(f"The sidecar cannot be compiled: {found}.")
        sys.stderr.write(f"The sidecar is not compiled: {found}.\n")
        return []
    # pip asks for the build's requirements before they are there.
    from mypyc.build import mypycify  # noqa: PLC0415

    names = paths()
    # The same with and without what else is installed: its types play no part.
    options = ["--config-file=", "--no-site-packages", "--ignore-missing-imports"]
    made: list[Extension] = mypycify(
        [*options, "--follow-imports=silent", *names],
        only_compile_paths=names,
        opt_level="2",
        debug_level="0",
        multi_file=True,
        group_name="sidecar.native",
    )
    for one in made:
        # Where mypyc writes the headers of a group that lies in a package.
        one.include_dirs.append(str(Path("build", "sidecar")))
    return made


def wants_to_build() -> bool:
    """Whether this run is more than a question about the project."""
    return not {"egg_info", "dist_info", "sdist", "--version"} & set(sys.argv)


setup(ext_modules=extensions() if wants_to_build() else [])

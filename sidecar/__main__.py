"""`python -m sidecar` is the command `sidecar`."""

from sidecar.cli import main

raise SystemExit(main())

#!/bin/sh
# What Helm rendered comes on stdin; arguments are those of --post-renderer-args.
exec sidecar inject "$@"

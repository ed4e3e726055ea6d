"""Room: whether the sidecar can be one more container of a pod.

All of them share one network, where a port is one container's.
"""

from sidecar.inject.options import Options
from sidecar.inject.pod import ADMIN
from sidecar.inject.workloads import Workload


def no_room(workload: Workload, options: Options) -> str:
    """Why the sidecar cannot be another container of the pod, or empty."""
    if workload.ends and not options.is_native:
        return "it runs to an end, and only a native sidecar ends with it"
    for port in (options.listen, options.health):
        if owners := workload.owners(port):
            return f"{owners[0]} has the sidecar's port {port}: --listen says another"
    if options.config is None and (owners := workload.owners(ADMIN)):
        return f"{owners[0]} has port {ADMIN}: give admin.listen another with --config"
    return ""

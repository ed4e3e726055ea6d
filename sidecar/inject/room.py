"""Room: whether the sidecar can be one more container of a pod.

All of them share one network, where a port is one container's, and the pod's volumes.
"""

from sidecar.inject.options import Options
from sidecar.inject.pod import ADMIN, CONFIG, TMP
from sidecar.inject.reading import seen_items, text
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
    volumes = {text(one, "name") for one in seen_items(workload.spec, "volumes")}
    if taken := sorted(volumes & {CONFIG, TMP}):
        return f"it has a volume {taken[0]}, which the sidecar's is called"
    return ""

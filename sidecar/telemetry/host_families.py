"""Families of the processes: workers, configuration, processor time, memory.

`telemetry.families` has those of requests, and the table of all.
"""

from typing import Final

from sidecar.telemetry.family import Family, counter, each, gauge

WORKER_CONNECTIONS: Final = each(
    "sidecar_worker_connections", "Open client connections of one worker."
)
WORKER_LAG: Final = each(
    "sidecar_worker_event_loop_lag_seconds",
    "The latest that its event loop was within the last minute.",
)
WORKER_MEMORY: Final = each(
    "sidecar_worker_resident_memory_bytes", "Its physical memory."
)
WORKER_FDS: Final = each("sidecar_worker_open_fds", "Its open file descriptors.")
WORKERS: Final = gauge("sidecar_workers", "Workers.")
RESTARTS: Final = counter(
    "sidecar_worker_restarts_total", "Workers replaced, by why they ended.", "reason"
)
RELOADS: Final = counter(
    "sidecar_config_reloads_total",
    (
        "Attempts to load the configuration: `success`, `invalid`, `failed` (valid, "
        "but a worker could not serve by it)."
    ),
    "result",
)
RELOADED: Final = gauge(
    "sidecar_config_last_reload_successful",
    "1 where the last attempt succeeded, or none was made.",
)
RELOAD_TIME: Final = gauge(
    "sidecar_config_last_reload_success_timestamp_seconds",
    "When the configuration in effect was loaded, since the epoch.",
)
RELOAD_TOOK: Final = gauge(
    "sidecar_config_last_reload_seconds",
    "How long the last attempt took, until all workers served with it.",
)
GENERATION: Final = gauge(
    "sidecar_config_generation",
    "Configurations put in effect since the start; 1 is the first.",
)
BUILD: Final = gauge("sidecar_build_info", "Always 1.", "version")
THROTTLED_PERIODS: Final = counter(
    "sidecar_cpu_throttled_periods_total",
    "Those in which it used up its limit.",
)
PERIODS: Final = counter(
    "sidecar_cpu_periods_total",
    "Periods in which the control group had work to do; zero without a CPU limit.",
)
THROTTLED: Final = counter(
    "sidecar_cpu_throttled_seconds_total",
    "Time that it was kept from running.",
)
SHARED_FAULTS: Final = counter(
    "sidecar_shared_faults_total",
    (
        "Times that what workers share could not be read or written, and counted as "
        "empty: `full`, `corrupt`, `foreign`, `closed`, `other`."
    ),
    "reason",
)
SHARED_FORGOTTEN: Final = counter(
    "sidecar_shared_forgotten_total",
    "Numbers that workers share, forgotten because there were too many.",
)
RESIDENT: Final = gauge(
    "process_resident_memory_bytes",
    "Physical memory; what processes share counts for each.",
)
PROPORTIONAL: Final = gauge(
    "sidecar_memory_proportional_bytes",
    "Physical memory of all processes; what they share counts once.",
)
VIRTUAL: Final = gauge("process_virtual_memory_bytes", "Virtual memory.")
CPU: Final = counter(
    "process_cpu_seconds_total",
    "Processor time, user and system, of workers that ended, too.",
)
OPEN_FDS: Final = gauge("process_open_fds", "Open file descriptors.")
MAX_FDS: Final = gauge(
    "process_max_fds", "Limit of open file descriptors of one process."
)
STARTED: Final = gauge(
    "process_start_time_seconds", "When the sidecar started, since the epoch."
)

FAMILIES: Final = tuple(
    value for value in list(globals().values()) if isinstance(value, Family)
)

"""Families: every metric there is, with its labels, and how workers' values add up.

A feature that counts something declares its family here and yields rows of it
(`telemetry.snapshot`); merging and exposition need to know no more. A test holds
docs/observability.md against this table.
"""

from typing import Final

from sidecar.telemetry.family import Family, Over, counter, each, gauge, histogram
from sidecar.telemetry.histogram import OVERHEAD, PHASE, REQUEST

DURATION: Final = histogram(
    "http_request_duration_seconds",
    "From the request head to the end of the response.",
    REQUEST,
    *("method", "route", "status_code"),
)
IN_FLIGHT: Final = gauge("http_requests_in_flight", "Requests not answered.", "route")
OWN_SHARE: Final = histogram(
    "sidecar_overhead_seconds",
    "The sidecar's own share: what no phase at the upstream explains.",
    OVERHEAD,
    "route",
)
FAILED: Final = counter(
    "sidecar_failed_requests_total", "Answers 5xx, of our own, and cut ones.", "route"
)
RECEIVED: Final = counter(
    "sidecar_request_bytes_total", "Bytes of request bodies.", "route"
)
SENT: Final = counter(
    "sidecar_response_bytes_total", "Bytes of response bodies.", "route"
)
ERRORS: Final = counter(
    "sidecar_errors_total", "Answers of our own, and cut ones.", "route", "code"
)
UPSTREAM: Final = histogram(
    "sidecar_upstream_duration_seconds",
    "Time at the upstream by phase.",
    PHASE,
    *("upstream", "phase"),
)
UPSTREAM_CONNECTIONS: Final = gauge(
    "sidecar_upstream_connections",
    "Connections to the upstream by state.",
    *("upstream", "state"),
)
COMPRESSION_BYTES: Final = counter(
    "sidecar_compression_bytes_total",
    "Bytes before (in) and after (out) compression.",
    *("coding", "side"),
)
COMPRESSION_SKIPPED: Final = counter(
    "sidecar_compression_skipped_total", "Responses not compressed, by why.", "reason"
)
NOT_MODIFIED: Final = counter(
    "sidecar_not_modified_total", "Responses left out: 304.", "route"
)
CONNECTED: Final = gauge("active_connections", "Open client connections.")
ACCEPTED: Final = counter("sidecar_connections_total", "Client connections accepted.")
REFUSED: Final = counter(
    "sidecar_connections_refused_total", "Client connections refused.", "reason"
)
DROPPED: Final = counter(
    "sidecar_access_log_dropped_total", "Log lines dropped because nobody read them."
)
LAG: Final = gauge(
    "sidecar_event_loop_lag_seconds",
    "The latest that an event loop was within the last minute.",
    over=Over.MAX,
)
LAG_P99: Final = gauge(
    "sidecar_event_loop_lag_p99_seconds",
    "The 99th percentile of the last minute, of the worst worker.",
    over=Over.MAX,
)

RATE_LIMIT: Final = counter(
    "sidecar_rate_limit_total",
    "Requests that a rate limit judged.",
    "route",
    "decision",
)
SHED: Final = counter(
    "sidecar_shed_total",
    "Requests not passed on, to spare the upstream.",
    "route",
    "reason",
)
RETRIES: Final = counter(
    "sidecar_retries_total", "Requests sent once more.", "upstream", "reason"
)
BREAKER: Final = gauge(
    "sidecar_breaker_state",
    "0 closed, 1 half-open, 2 open; of the worst worker.",
    "breaker",
    over=Over.MAX,
)
TRANSITIONS: Final = counter(
    "sidecar_breaker_transitions_total",
    "Changes of a circuit's state; one that workers share counts in each.",
    *("breaker", "to", "reason"),
)
CACHE: Final = counter(
    "cache_operations_total",
    "What caches were asked, and how it ended.",
    *("operation", "result"),
)
CACHE_LOCKED: Final = counter(
    "sidecar_cache_locked_total",
    "Keys whose answers differed between users, so that nothing of them is shared.",
)
CACHE_REFRESHES: Final = counter(
    "sidecar_cache_refreshes_total",
    "Stored responses that were asked for anew behind a client's back.",
    "result",
)

WORKER_CONNECTIONS: Final = each(
    "sidecar_worker_connections", "Open client connections of a worker."
)
WORKER_LAG: Final = each(
    "sidecar_worker_event_loop_lag_seconds",
    "The latest that a worker's event loop was within the last minute.",
)
WORKER_MEMORY: Final = each(
    "sidecar_worker_resident_memory_bytes", "Physical memory of a worker."
)
WORKER_FDS: Final = each("sidecar_worker_open_fds", "Open descriptors of a worker.")

WORKERS: Final = gauge("sidecar_workers", "Workers.")
RESTARTS: Final = counter(
    "sidecar_worker_restarts_total", "Workers replaced, by why they ended.", "reason"
)
RELOADS: Final = counter(
    "sidecar_config_reloads_total", "Attempts to load the configuration.", "result"
)
RELOADED: Final = gauge(
    "sidecar_config_last_reload_successful", "1 where the last attempt succeeded."
)
RELOAD_TIME: Final = gauge(
    "sidecar_config_last_reload_success_timestamp_seconds",
    "When what is in effect was loaded, since the epoch.",
)
RELOAD_TOOK: Final = gauge(
    "sidecar_config_last_reload_seconds",
    "From the wish to the first worker with the new configuration.",
)
GENERATION: Final = gauge(
    "sidecar_config_generation", "Configurations put in effect since the start."
)
BUILD: Final = gauge("sidecar_build_info", "Always 1.", "version")

THROTTLED_PERIODS: Final = counter(
    "sidecar_cpu_throttled_periods_total",
    "Periods in which the control group used up its processor time.",
)
PERIODS: Final = counter(
    "sidecar_cpu_periods_total", "Periods in which the control group had work."
)
THROTTLED: Final = counter(
    "sidecar_cpu_throttled_seconds_total",
    "Time that the control group was kept from running.",
)

SHARED_FAULTS: Final = counter(
    "sidecar_shared_faults_total",
    "Times that what workers share could not be read or written.",
    "reason",
)
SHARED_FORGOTTEN: Final = counter(
    "sidecar_shared_forgotten_total",
    "Numbers that workers share and that there was no more room for.",
)

CACHE_BYTES: Final = gauge(
    "sidecar_cache_bytes", "Bytes that a tier holds, its own costs included.", "tier"
)
CACHE_ENTRIES: Final = gauge(
    "sidecar_cache_entries", "Entries that a tier holds.", "tier"
)
CACHE_EVENTS: Final = counter(
    "sidecar_cache_tier_events_total",
    "Evictions, and what went wrong in a tier and was a miss.",
    *("tier", "event"),
)
CACHE_OPERATIONS: Final = counter(
    "sidecar_cache_tier_operations_total",
    "Operations on a tier of the cache, by how they ended.",
    *("tier", "operation", "result"),
)

RESIDENT: Final = gauge(
    "process_resident_memory_bytes",
    "Physical memory; what processes share counts for each.",
)
PROPORTIONAL: Final = gauge(
    "sidecar_memory_proportional_bytes",
    "Physical memory of all processes, what they share counted once.",
)
VIRTUAL: Final = gauge("process_virtual_memory_bytes", "Virtual memory.")
CPU: Final = counter(
    "process_cpu_seconds_total", "Processor time, user and system, of all processes."
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
BY_NAME: Final = {family.name: family for family in FAMILIES}

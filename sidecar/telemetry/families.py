"""Families: every metric there is, with its labels, and how workers' values add up.

A feature that counts something declares its family here and yields rows of it
(`telemetry.snapshot`); merging, exposition and docs/metrics.md need to know no more.
"""

from typing import Final

from sidecar.telemetry import host_families
from sidecar.telemetry.family import Family, Over, counter, gauge, histogram
from sidecar.telemetry.histogram import OVERHEAD, PHASE, REQUEST

DURATION: Final = histogram(
    "http_request_duration_seconds",
    "From the request head to the end of the response, 1 ms to 60 s.",
    REQUEST,
    *("method", "route", "status_code"),
)
IN_FLIGHT: Final = gauge(
    "http_requests_in_flight", "Requests not yet answered.", "route"
)
OWN_SHARE: Final = histogram(
    "sidecar_overhead_seconds",
    (
        "Our own share: the duration without the phases at the upstream, and without "
        "the wait for what another request fetches, 50 µs to 100 ms. Requests with a "
        "body, with an error, with more than one attempt and upgraded ones are left "
        "out: their time is not all ours, and no phase says whose it is."
    ),
    OVERHEAD,
    "route",
)
FAILED: Final = counter(
    "sidecar_failed_requests_total",
    "Requests answered with 5xx, or with an answer of our own, or cut.",
    "route",
)
RECEIVED: Final = counter(
    "sidecar_request_bytes_total", "Bytes of request bodies.", "route"
)
SENT: Final = counter(
    "sidecar_response_bytes_total", "Bytes of response bodies.", "route"
)
ERRORS: Final = counter(
    "sidecar_errors_total",
    (
        "Answers of our own instead of the upstream's, and responses cut; `code` is "
        "that of the problem document."
    ),
    "route",
    "code",
)
UPSTREAM: Final = histogram(
    "sidecar_upstream_duration_seconds",
    (
        "Time at the upstream: `queue` (waiting for a place or a connection), "
        "`connect` (new connections only), `first_byte` (request sent to response "
        "head), `body` (response head to its end)."
    ),
    PHASE,
    *("upstream", "phase"),
)
UPSTREAM_CONNECTIONS: Final = gauge(
    "sidecar_upstream_connections",
    "Connections to the upstream, by state.",
    *("upstream", "state"),
)
COMPRESSION_BYTES: Final = counter(
    "sidecar_compression_bytes_total",
    "Bytes before (`in`) and after (`out`) compression.",
    *("coding", "side"),
)
COMPRESSION_SKIPPED: Final = counter(
    "sidecar_compression_skipped_total",
    "Responses not compressed, by why.",
    "reason",
)
COMPRESSION_REMEMBERED: Final = counter(
    "sidecar_compression_remembered_total",
    "Looks for the coded form of a body that may have come before, by result.",
    "result",
)
REFINED: Final = counter(
    "sidecar_refined_total",
    "Encoded bodies of popular stored responses that were made smaller.",
    "coding",
)
REFINED_BYTES: Final = counter(
    "sidecar_refined_bytes_total",
    "Bytes of those before (`in`) and after (`out`); each hit saves the difference.",
    *("coding", "side"),
)
NOT_MODIFIED: Final = counter(
    "sidecar_not_modified_total",
    "Responses left out because the client has them: 304.",
    "route",
)
CONNECTED: Final = gauge("active_connections", "Open client connections.")
ACCEPTED: Final = counter("sidecar_connections_total", "Client connections accepted.")
REFUSED: Final = counter(
    "sidecar_connections_refused_total", "Client connections refused.", "reason"
)
DROPPED: Final = counter(
    "sidecar_access_log_dropped_total",
    "Log lines dropped because nobody read them in time.",
)
LAG: Final = gauge(
    "sidecar_event_loop_lag_seconds",
    ("The latest that an event loop was within the last minute; of the worst worker."),
    over=Over.MAX,
)
LAG_P99: Final = gauge(
    "sidecar_event_loop_lag_p99_seconds",
    "The 99th percentile of the last minute; of the worst worker.",
    over=Over.MAX,
)
PRESSURE: Final = gauge(
    "sidecar_pressure",
    (
        "How near the event loop (`loop`) and the memory (`memory`) are to what they "
        "can take: 1 where the first thing is given up, 4 where the last is; of the "
        "worst worker."
    ),
    "cause",
    over=Over.MAX,
)
PRESSURE_LEVEL: Final = gauge(
    "sidecar_pressure_level",
    (
        "What is given up: 0 nothing, 1 good compression, 2 compression, 3 retries and "
        "hedges, 4 queues; of the worst worker."
    ),
    over=Over.MAX,
)
GIVEN_UP: Final = counter(
    "sidecar_given_up_total",
    (
        "What was done without under pressure, or where too much of it was under way: "
        "`level` (compressed at its fastest), `compression`, `selection` (of JSON "
        "fields), `retry`, `hedge`, `queue`."
    ),
    "what",
)
RATE_LIMIT: Final = counter(
    "sidecar_rate_limit_total",
    (
        "Requests that a rate limit judged: `allowed`, `refused`, `observed` (would "
        "have been refused), `store_failed` (the shared store did not answer)."
    ),
    "route",
    "decision",
)
SHED: Final = counter(
    "sidecar_shed_total",
    (
        "Requests not passed on, to spare the upstream: `circuit_open`, `queue_full`, "
        "`queue_deadline`, `queue_timeout`, `overload`, `pressure`, `per_user`; "
        "`observed` (would have been)."
    ),
    "route",
    "reason",
)
RETRIES: Final = counter(
    "sidecar_retries_total",
    (
        "Requests sent once more: `connect`, `reset`, `timeout`, `status`, `hedge`, "
        "`stale_connection`."
    ),
    "upstream",
    "reason",
)
BREAKER: Final = gauge(
    "sidecar_breaker_state",
    "0 closed, 1 half-open, 2 open; of the worst worker.",
    "breaker",
    over=Over.MAX,
)
TRANSITIONS: Final = counter(
    "sidecar_breaker_transitions_total",
    (
        "Changes of its state: `failure_rate`, `slow_rate`, `cooled`, `recovered`, "
        "`relapsed`, `manual`, `shared` (another worker's)."
    ),
    *("breaker", "to", "reason"),
)
CACHE: Final = counter(
    "cache_operations_total",
    (
        "What caches were asked. `get`: `hit`, `miss`, `stale`, `bypass`, `collapsed` "
        "(another's fetch answered), `revalidated`; `set`: `ok`, `refused` (not "
        "storable)."
    ),
    *("operation", "result"),
)
CACHE_LOCKED: Final = counter(
    "sidecar_cache_locked_total",
    ("Keys whose answers differed between users, so that nothing of them is shared."),
)
CACHE_REFRESHES: Final = counter(
    "sidecar_cache_refreshes_total",
    (
        "Stored responses that were asked for anew behind a client's back: `ok`, "
        "`error`."
    ),
    "result",
)
CACHE_BYTES: Final = gauge(
    "sidecar_cache_bytes",
    "Bytes that the entries of a tier take, with all that holding them costs.",
    "tier",
)
CACHE_ENTRIES: Final = gauge(
    "sidecar_cache_entries",
    (
        "Entries that a tier of the cache holds: `memory` of all workers together, "
        "`disk`."
    ),
    "tier",
)
CACHE_EVENTS: Final = counter(
    "sidecar_cache_tier_events_total",
    (
        "What was evicted from memory (`evicted`), and what was a miss because "
        "something went wrong: of the disk `foreign`, `corrupt`, `full`, "
        "`unreadable`, `dropped`, `other`; of Redis `late`, `connection`, `denied`, "
        "`loading`, `read_only`, `full`, `refused`, `unreadable`."
    ),
    *("tier", "event"),
)
CACHE_OPERATIONS: Final = counter(
    "sidecar_cache_tier_operations_total",
    (
        "`get` (`hit`, `miss`), `set` and `purge` (`ok`, `error`) of `memory`, "
        "`disk`, `redis`."
    ),
    *("tier", "operation", "result"),
)

FAMILIES: Final = (
    *(value for value in list(globals().values()) if isinstance(value, Family)),
    *host_families.FAMILIES,
)
BY_NAME: Final = {family.name: family for family in FAMILIES}

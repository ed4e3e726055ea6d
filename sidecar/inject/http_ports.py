"""HTTP ports: which ports speak HTTP, as far as a manifest tells.

A manifest says numbers, names and images, not protocols. What is known to be a
database, a cache or a queue is left alone; of the rest, the likeliest port is taken.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_CACHES: Final = (
    "aerospike", "cassandra", "cockroach", "couchbase", "couchdb", "dragonfly",
    "immudb", "keydb", "mariadb", "memcached", "mongo", "mongodb", "mssql", "mysql",
    "neo4j", "percona", "pgbouncer", "postgis", "postgres", "postgresql", "redis",
    "rethinkdb", "scylla", "timescaledb", "valkey", "yugabyte",
)  # fmt: skip
_QUEUES: Final = (
    "activemq", "artemis", "emqx", "kafka", "mosquitto", "nats", "pulsar", "rabbitmq",
    "redpanda", "zookeeper",
)  # fmt: skip
STORES: Final = {"a database or cache": _CACHES, "a queue": _QUEUES}
"""What an image is called, and what that means."""

# Of what manifests publish, these speak something else.
OTHERS: Final = {
    21: "FTP", 22: "SSH", 23: "Telnet", 25: "SMTP", 53: "DNS", 110: "POP3",
    143: "IMAP", 389: "LDAP", 443: "TLS", 465: "SMTP", 587: "SMTP", 636: "LDAP",
    993: "IMAP", 1433: "SQL Server", 1521: "Oracle", 1883: "MQTT", 2181: "ZooKeeper",
    3306: "MySQL", 3389: "RDP", 4222: "NATS", 5432: "PostgreSQL", 5672: "AMQP",
    6379: "Redis", 8443: "TLS", 9042: "Cassandra", 9092: "Kafka", 9229: "DevTools",
    9230: "DevTools", 5005: "JDWP", 5678: "DAP", 11211: "memcached",
    15081: "the sidecar", 26379: "Redis", 27017: "MongoDB", 50051: "gRPC",
}  # fmt: skip
_SUFFIX: Final = re.compile(r"[-_](server|cluster|alpine|ha|node)\Z")
_USUAL: Final = (80, 8080, 3000, 8000, 5000, 8888, 9000)
_NAMES: Final = re.compile(r"(http|web|www)([-_0-9].*)?|https?-alt")
# Names begin with the protocol, as those of the mesh and of `appProtocol` do.
_OTHER_NAMES: Final = re.compile(
    r"(https|tls|ssl|grpcs?(?!-web)|h2c)(?![a-z])(?!-alt).*"
)
_ASIDE: Final = re.compile(r"debug|admin|(.*[-_])?metrics([-_].*)?")
_HTTP_1: Final = ("http", "kubernetes.io/ws")


@dataclass(frozen=True, slots=True)
class Port:
    """`probed`: a probe of the application asks it over HTTP.

    `served_as`: what Services call their port that leads here. `protocol`: what is said
    to be spoken, by a Service's `appProtocol` or a probe.
    """

    number: int
    name: str = ""
    probed: bool = False
    tcp: bool = True
    served_as: str = ""
    protocol: str = ""

    @property
    def names(self) -> tuple[str, str]:
        return self.name.lower(), self.served_as.lower()


def kind_of_store(image: str) -> str:
    """What an image is known to be that serves no HTTP, or empty.

    `redis-commander` or `nextcloud-mariadb` may well be a web application.
    """
    path = image.partition("@")[0].rpartition("/")[2]
    name = path.partition(":")[0].lower()
    certain = {name, _SUFFIX.sub("", name)}
    return next((kind for kind, names in STORES.items() if certain & set(names)), "")


def why_not(port: Port) -> str:
    """What is known of the port that speaks against it, or empty."""
    purpose = next((name for name in port.names if _ASIDE.fullmatch(name)), "")
    if purpose and not (port.probed or port.protocol):
        return f"port {port.number} is for {purpose}"
    other = _other_protocol(port)
    return f"port {port.number} speaks {other}, not HTTP/1.1" if other else ""


def _other_protocol(port: Port) -> str:
    """What was said comes before what is seen, and that before what is usual."""
    if port.protocol:
        return "" if port.protocol.lower() in _HTTP_1 else port.protocol
    if not port.tcp:
        return "UDP"
    if port.probed:
        return ""
    others = [name for name in port.names if _OTHER_NAMES.fullmatch(name)]
    if not others and any(_NAMES.fullmatch(name) for name in port.names):
        return ""
    return others[0] if others else OTHERS.get(port.number, "")


def likeliest(ports: Sequence[Port]) -> Port | None:
    """The port that clients most likely ask over HTTP."""
    able = [port for port in ports if not why_not(port)]
    return min(able, key=_rank, default=None)


def _rank(port: Port) -> tuple[bool, bool, int]:
    """Probed ones first, then those with a telling name, then usual numbers."""
    named = any(_NAMES.fullmatch(name) for name in port.names)
    usual = _USUAL.index(port.number) if port.number in _USUAL else len(_USUAL)
    return not port.probed, not named, usual

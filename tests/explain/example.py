"""A file with all that an explanation tells of, and requests to it."""

from pathlib import Path

from sidecar.config.load import load
from sidecar.explain.asked import Asked
from sidecar.explain.explanation import explanation
from sidecar.policy.trust import Networks
from sidecar.semantics.message import RequestHead

FILE = """\
trusted_proxies: [10.0.0.0/8]
admin: {token: canary-of-the-admin}
upstreams:
  shop:
    url: ["http://10.1.1.1:80", "http://10.1.1.2:80"]
    concurrency: {max: 9, queue: off}
identity:
  - jwt: {secret: canary-canary-canary-canary-canary}
  - api_key: {header: X-Key}
  - header: {name: X-User}
  - cookie: {name: session}
defaults:
  timeouts: {request: 20s}
  headers: {request: {set: {X-Api-Token: canary-in-a-field}}}
routes:
  - name: products
    match: {path: "/products/**", methods: [GET, POST]}
    cache:
      ttl: 5m
      key: {headers: [Accept-Language, X-Key], cookies: [lang], query: {except: [utm]}}
      invalidates: ["/products/**"]
    rate_limit: [{rate: 10/s, by: identity}, {rate: 5/s, by: "header:X-Shop", mode: observe}]
  - name: raw
    match: {path: "/raw/**", host: raw.example, headers: {X-Canary: canary-wanted}}
    cache: off
    compression: off
    breaker: off
    retry: off
    concurrency: {max: 3}
"""


def asked(target="/products/1", method="GET", peer="192.0.2.7", **fields):
    lines = [(n.replace("_", "-").encode(), v.encode()) for n, v in fields.items()]
    values = {name.lower(): value for name, value in lines}
    host = values.get(b"host", b"shop.example")
    head = RequestHead(method.encode(), target.encode(), 1, host, lines, values)
    return Asked.by(peer, head, "http", Networks(["10.0.0.0/8"]))


def loaded(folder: Path, text=FILE, **environ):
    file = folder / "sidecar.yaml"
    file.write_text(text)
    return load(file, environ=environ)


def explain(folder: Path, target="/products/1", method="GET", **fields):
    return explanation(loaded(folder), asked(target, method, **fields))

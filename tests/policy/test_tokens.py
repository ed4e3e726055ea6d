"""Nothing in a token chooses how it is verified."""

import base64
import hashlib
import hmac
import json

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sidecar.policy.identity import digest
from sidecar.policy.tokens import LONGEST, TRIES, Expected, Keys, Tokens
from sidecar.units import Timestamp

SECRET = "s" * 32
RSA, OTHER_RSA = (rsa.generate_private_key(65537, 2048) for _ in range(2))
EC = ec.generate_private_key(ec.SECP256R1())
ED = ed25519.Ed25519PrivateKey.generate()
NOW = Timestamp(1_000_000.0)


def sha(value):
    return digest(b"test")(b"token", value)


def pem(private):
    return private.public_key().public_bytes(
        Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
    )


def sign(claims=None, key=SECRET, algorithm="HS256", **header):
    said = {"sub": "alice"} if claims is None else claims
    return jwt.encode(said, key, algorithm, headers=header or None).encode()


def part(value):
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=")


def tokens(keys=None, **expected):
    wanted = Expected(**expected)
    return Tokens(wanted, keys or Keys.of_secret(SECRET, wanted.algorithms), sha)


def subject(token, keys=None, now=NOW, **expected):
    claims = tokens(keys, **expected).claims(token, now)
    return claims and claims.subject


@pytest.mark.parametrize(
    ("algorithm", "private"),
    [("RS256", RSA), ("PS256", RSA), ("ES256", EC), ("EdDSA", ED)],
)
def test_a_public_key(algorithm, private):
    keys = Keys.of_pem(pem(private), [algorithm])
    token = sign(key=private, algorithm=algorithm)
    assert subject(token, keys, algorithms=(algorithm,)) == "alice"
    forged = sign(key=OTHER_RSA, algorithm="RS256")
    assert subject(forged, keys, algorithms=(algorithm,)) is None


@pytest.mark.parametrize(
    ("rule", "claims", "expected", "found"),
    [
        ("who it is for", {"sub": "alice"}, {}, "alice"),
        ("another claim", {"sub": "a", "uid": "bob"}, {"claim": "uid"}, "bob"),
        ("a number is a name", {"uid": 17}, {"claim": "uid"}, "17"),
        ("not there", {}, {}, None),
        ("empty", {"sub": ""}, {}, None),
        ("not a name", {"uid": ["a"]}, {"claim": "uid"}, None),
        ("nor is this", {"uid": True}, {"claim": "uid"}, None),
        ("nor a document", {"uid": "x" * 300}, {"claim": "uid"}, None),
        ("still valid", {"sub": "a", "exp": NOW + 1}, {}, "a"),
        ("no more", {"sub": "a", "exp": NOW - 31}, {}, None),
        ("clocks differ a little", {"sub": "a", "exp": NOW - 29}, {}, "a"),
        ("not yet", {"sub": "a", "nbf": NOW + 31}, {}, None),
        ("nearly", {"sub": "a", "nbf": NOW + 29}, {}, "a"),
        ("the right issuer", {"sub": "a", "iss": "us"}, {"issuer": "us"}, "a"),
        ("another", {"sub": "a", "iss": "them"}, {"issuer": "us"}, None),
        ("no issuer", {"sub": "a"}, {"issuer": "us"}, None),
        ("for us", {"sub": "a", "aud": "us"}, {"audience": "us"}, "a"),
        ("for us, too", {"sub": "a", "aud": ["them", "us"]}, {"audience": "us"}, "a"),
        ("for others", {"sub": "a", "aud": ["them"]}, {"audience": "us"}, None),
        ("for nobody", {"sub": "a"}, {"audience": "us"}, None),
    ],
)
def test_claims(rule, claims, expected, found):
    assert subject(sign(claims), **expected) == found


@pytest.mark.parametrize("value", ["soon", True, [1], "9" * 400])
@pytest.mark.parametrize("claim", ["exp", "nbf"])
def test_a_time_that_is_none(claim, value):
    payload = part({"sub": "alice", claim: value})
    signed = jwt.PyJWS().encode(
        base64.urlsafe_b64decode(payload + b"=="), SECRET, "HS256"
    )
    assert subject(signed.encode()) is None


def test_a_tier():
    claims = tokens(tier="plan").claims(sign({"sub": "a", "plan": "gold"}), NOW)
    assert claims is not None
    assert claims.tier == "gold"
    assert tokens().claims(sign({"sub": "a", "plan": "gold"}), NOW).tier is None


NONE = part({"alg": "none"}) + b"." + part({"sub": "alice"}) + b"."
HEAD, PAYLOAD, SIGNATURE = sign().split(b".")


@pytest.mark.parametrize(
    ("rule", "token"),
    [
        ("empty", b""),
        ("rubbish", b"rubbish"),
        ("dots", b".."),
        ("not signed", NONE),
        (
            "not signed, in capitals",
            NONE.replace(part({"alg": "none"}), part({"alg": "NONE"})),
        ),
        ("another secret", sign(key="x" * 32)),
        ("another algorithm", sign(algorithm="HS384", key=SECRET * 2)),
        ("another subject", HEAD + b"." + part({"sub": "bob"}) + b"." + SIGNATURE),
        ("no signature", HEAD + b"." + PAYLOAD + b"."),
        ("its header is no object", part([]) + b"." + PAYLOAD + b"." + SIGNATURE),
        ("it is no object", jwt.PyJWS().encode(b"[]", SECRET, "HS256").encode()),
        ("it is no JSON", jwt.PyJWS().encode(b"{", SECRET, "HS256").encode()),
        ("deep", part(b"[" * 2500) + b"." + PAYLOAD + b"." + SIGNATURE),
        ("a critical header that nobody knows", sign(crit=["exp"])),
        ("long", sign({"sub": "alice", "x": "y" * LONGEST})),
        ("not ASCII", b"\xff" * 100),
    ],
)
def test_what_is_not_believed(rule, token):
    assert subject(token) is None


@pytest.mark.parametrize("now", [0.0, -29.0, 29.0])
def test_a_forgery_is_one_at_any_time(now):
    assert subject(b"rubbish", now=Timestamp(now)) is None


def test_a_public_key_is_never_a_secret():
    """CVE-2015-9256 and its many children."""
    public = pem(RSA)
    head = part({"alg": "HS256"}) + b"." + part({"sub": "alice"})
    signature = part(hmac.new(public, head, hashlib.sha256).digest())
    keys = Keys.of_pem(public, ["RS256", "HS256"])
    forged = head + b"." + signature
    assert subject(forged, keys, algorithms=("RS256", "HS256")) is None


@pytest.mark.parametrize(
    ("rule", "make"),
    [
        ("a short secret", lambda: Keys.of_secret("short", ["HS256"])),
        ("not a key", lambda: Keys.of_pem(b"rubbish", ["RS256"])),
        ("of another kind", lambda: Keys.of_pem(pem(EC), ["RS256"])),
        ("not a key set", lambda: Keys().replace(b"[]", ["RS256"])),
        ("not JSON", lambda: Keys().replace(b"{", ["RS256"])),
        ("an empty one", lambda: Keys().replace(b'{"keys": []}', ["RS256"])),
        ("no list", lambda: Keys().replace(b'{"keys": {"a": 1}}', ["RS256"])),
        (
            "secrets do not come from there",
            lambda: Keys().replace(jwks(secret=True), ["HS256"]),
        ),
        ("for something else", lambda: Keys().replace(jwks(use="enc"), ["RS256"])),
        ("for another algorithm", lambda: Keys().replace(jwks(alg="RS512"), ["RS256"])),
    ],
)
def test_keys_that_are_none(rule, make):
    with pytest.raises(ValueError, match=r"."):
        make()


def jwks(*privates, names=None, secret=False, **more):
    if secret:
        return json.dumps({"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}).encode()
    found = []
    for n, private in enumerate(privates or [RSA]):
        one = jwt.algorithms.RSAAlgorithm.to_jwk(private.public_key(), as_dict=True)
        one.pop("key_ops", None)
        one |= more
        if names:
            one["kid"] = names[n]
        found.append(one)
    return json.dumps({"keys": found}).encode()


@pytest.mark.parametrize(
    ("rule", "names", "header", "found", "missed"),
    [
        ("by name", ["a", "b"], {"kid": "b"}, "alice", 0),
        ("by the wrong name", ["a", "b"], {"kid": "a"}, None, 0),
        ("a name that is not there", ["a", "b"], {"kid": "../../c"}, None, 1),
        ("neither has one", None, {}, "alice", 0),
        ("only the key has one", ["a", "b"], {}, "alice", 0),
        ("only the token has one", None, {"kid": "b"}, "alice", 0),
        (
            "nothing is fetched",
            ["a", "b"],
            {"kid": "b", "jku": "http://evil"},
            "alice",
            0,
        ),
    ],
)
def test_a_key_set(rule, names, header, found, missed):
    keys = Keys()
    keys.replace(jwks(OTHER_RSA, RSA, names=names), ["RS256"])
    token = sign(key=RSA, algorithm="RS256", **header)
    assert subject(token, keys, algorithms=("RS256",)) == found
    assert keys.missed == missed


def test_of_many_keys_a_few_are_tried():
    keys = Keys()
    keys.replace(jwks(*[OTHER_RSA] * TRIES, RSA), ["RS256"])
    token = sign(key=RSA, algorithm="RS256")
    assert subject(token, keys, algorithms=("RS256",)) is None


def test_new_keys_are_used_at_once_and_old_ones_no_more():
    keys = Keys()
    keys.replace(jwks(RSA), ["RS256"])
    made = tokens(keys, algorithms=("RS256",))
    old, new = (sign(key=key, algorithm="RS256") for key in (RSA, OTHER_RSA))
    assert [bool(made.claims(token, NOW)) for token in (old, new)] == [True, False]
    keys.replace(jwks(OTHER_RSA), ["RS256"])
    assert [bool(made.claims(token, NOW)) for token in (old, new)] == [False, True]


def test_the_same_keys_leave_what_was_verified():
    """Whoever names a key that is not there has the set fetched again and again."""
    keys = Keys()
    keys.replace(jwks(RSA, names=["a"]), ["RS256"])
    made = tokens(keys, algorithms=("RS256",))
    token = sign(key=RSA, algorithm="RS256", kid="a")
    assert made.claims(token, NOW)
    made._jws = None
    keys.replace(jwks(RSA, names=["a"], use="sig"), ["RS256"])
    assert made.claims(token, NOW)
    assert keys.generation == 1


def test_a_key_by_another_name_is_another():
    keys = Keys()
    for name in ("a", "b"):
        keys.replace(jwks(RSA, names=[name]), ["RS256"])
    assert keys.generation == 2


def test_what_was_verified_is_not_verified_again():
    asked = []

    def counted(value):
        asked.append(value)
        return sha(value)

    keys = Keys.of_secret(SECRET, ["HS256"])
    made = Tokens(Expected(), keys, counted)
    token = sign({"sub": "alice", "exp": NOW + 10})
    assert made.claims(token, NOW)
    made._jws = None  # type: ignore[assignment]
    assert made.claims(token, NOW)
    assert made.claims(token, Timestamp(NOW + 41)) is None
    assert len(asked) == 3


@pytest.mark.parametrize(
    "other",
    [
        {"kty": "oct"},
        {"kty": "RSA", "alg": "none"},
        {"kty": "RSA", "n": 1, "e": []},
        {"kty": "EC", "crv": "secp256k1", "x": "AQ", "y": "AQ"},
        {"kty": "OKP", "crv": "Ed25519", "x": "!"},
        {},
        None,
        7,
    ],
)
def test_what_is_no_key_spoils_none_beside_it(other):
    keys, document = Keys(), json.loads(jwks(RSA))
    document["keys"].insert(0, other)
    keys.replace(json.dumps(document).encode(), ["RS256"])
    assert len(keys.candidates(None, "RS256")) == 1

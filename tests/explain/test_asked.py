from tests.explain.example import asked


def test_a_stranger_is_not_believed():
    found = asked(X_Forwarded_For="203.0.113.9", X_Forwarded_Proto="https")
    assert (found.client, found.scheme, found.trusted) == ("192.0.2.7", "http", False)


def test_a_trusted_peer_speaks_for_its_client():
    found = asked(
        peer="10.0.0.1", X_Forwarded_For="203.0.113.9", X_Forwarded_Proto="https"
    )
    assert (found.client, found.scheme, found.trusted) == ("203.0.113.9", "https", True)

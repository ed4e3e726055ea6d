from sidecar.telemetry.cache_counts import GET, CacheCounts


def test_results_of_get():
    assert GET == ("hit", "miss", "stale", "bypass", "collapsed", "revalidated")


def test_counting():
    counts = CacheCounts()
    for result in (*GET, "hit"):
        counts.count(result)
    assert (counts.hit, counts.miss, counts.stored) == (2, 1, 0)

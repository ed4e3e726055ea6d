"""What workers share: made by the parent, seen by each."""

import pytest

from sidecar.server.commons import LOOK, Commons, grounds
from sidecar.storage.ledger_file import Reason
from sidecar.units import Instant


def test_a_directory_that_goes_with_its_owner(tmp_path):
    with grounds((tmp_path,)) as folder:
        assert folder is not None
        assert folder.parent == tmp_path
    assert list(tmp_path.iterdir()) == []


def test_where_there_is_no_room_each_counts_for_itself(tmp_path, capsys):
    with grounds((tmp_path / "missing",)) as folder:
        assert folder is None
    assert "each worker counts for itself" in capsys.readouterr().err


def test_a_failure_inside_is_not_taken_for_one_of_ours(tmp_path):
    with pytest.raises(OSError, match="theirs"), grounds((tmp_path,)):
        raise OSError("theirs")
    assert list(tmp_path.iterdir()) == []


def test_alone_there_is_nothing_to_share():
    commons = Commons()
    commons.tick(Instant(1.0))
    assert commons.ledger is None
    assert list(commons.rows()) == []
    commons.close()


def test_one_workers_view(tmp_path):
    commons = Commons(tmp_path)
    assert commons.ledger
    commons.ledger.add(b"a")
    rows = {(name, labels): value for name, labels, value in commons.rows()}
    assert rows["sidecar_shared_faults_total", (Reason.FULL,)] == 0
    assert rows["sidecar_shared_forgotten_total", ()] == 0
    commons.close()


def test_it_is_looked_after_once_a_second(tmp_path):
    commons = Commons(tmp_path)
    assert commons.ledger
    commons.ledger.close()
    commons.tick(Instant(100.0))
    assert commons.ledger.add(b"a") == commons.ledger.number(b"a") == 1.0
    commons.ledger.close()
    commons.tick(Instant(100.0 + LOOK / 2))
    assert commons.ledger.number(b"a") == 0.0, "nobody looked yet"
    commons.tick(Instant(100.0 + LOOK))
    commons.ledger.add(b"a")
    assert commons.ledger.number(b"a") == 1.0
    commons.close()

"""Limits of control groups, read from trees as they are found in the wild."""

import pytest

from sidecar.telemetry.cgroup import Cgroup, cgroup

MIB = 1 << 20
NO_LIMIT_V1 = "9223372036854771712\n"
V2 = "30 23 0:26 / /sys/fs/cgroup ro,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"
CPU_V1 = (
    "31 23 0:27 {root} /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup rw,cpu,cpuacct\n"
)
MEMORY_V1 = "32 23 0:28 {root} /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n"
UNIFIED = "33 23 0:29 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
OTHERS = "21 23 0:20 / /proc rw shared:12 - proc proc rw\nnonsense\n"


def v1(root="/"):
    return OTHERS + CPU_V1.format(root=root) + MEMORY_V1.format(root=root)


@pytest.fixture
def tree(tmp_path):
    """Makes the files, and returns what is read of them, its paths shortened."""

    def make(groups, mounts, files):
        for name, content in {
            "proc/self/cgroup": groups,
            "proc/self/mountinfo": mounts,
            **{f"sys/fs/cgroup/{name}": content for name, content in files.items()},
        }.items():
            file = tmp_path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content)
        found = cgroup(tmp_path)
        stat = found.stat and found.stat.relative_to(tmp_path / "sys/fs/cgroup")
        return found.quota, found.memory, stat and str(stat)

    return make


@pytest.mark.parametrize(
    ("rule", "groups", "mounts", "files", "expected"),
    [
        (
            "v2, a container with a namespace",
            "0::/\n",
            OTHERS + V2,
            {"cpu.max": "50000 100000\n", "memory.max": "268435456\n"},
            (0.5, 256 * MIB, "cpu.stat"),
        ),
        (
            "v2, no limits",
            "0::/\n",
            OTHERS + V2,
            {"cpu.max": "max 100000\n", "memory.max": "max\n"},
            (None, None, None),
        ),
        (
            "v2, the root of a host has no such files",
            "0::/\n",
            V2,
            {"cpu.stat": "usage_usec 1\n"},
            (None, None, None),
        ),
        (
            "v2, a service below slices",
            "0::/system.slice/sidecar.service\n",
            V2,
            {
                "system.slice/sidecar.service/cpu.max": "150000 100000\n",
                "system.slice/sidecar.service/memory.max": "max\n",
            },
            (1.5, None, "system.slice/sidecar.service/cpu.stat"),
        ),
        (
            "v2, the smallest of ours and those above",
            "0::/pod/container\n",
            V2,
            {
                "pod/container/cpu.max": "400000 100000\n",
                "pod/cpu.max": "200000 100000\n",
                "pod/container/memory.max": f"{512 * MIB}\n",
                "pod/memory.max": f"{128 * MIB}\n",
            },
            (2.0, 128 * MIB, "pod/cpu.stat"),
        ),
        (
            "v2, moved out of its namespace",
            "0::/../elsewhere\n",
            V2,
            {"cpu.max": "100000 100000\n"},
            (1.0, None, "cpu.stat"),
        ),
        (
            "v1, a container that sees the host's path",
            "5:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n0::/\n",
            v1("/docker/abc"),
            {
                "cpu,cpuacct/cpu.cfs_quota_us": "250000\n",
                "cpu,cpuacct/cpu.cfs_period_us": "100000\n",
                "memory/memory.limit_in_bytes": f"{64 * MIB}\n",
            },
            (2.5, 64 * MIB, "cpu,cpuacct/cpu.stat"),
        ),
        (
            "v1, a group below the mount's root",
            "5:memory:/kubepods/pod1\n4:cpu,cpuacct:/kubepods/pod1\n",
            v1(),
            {
                "cpu,cpuacct/kubepods/pod1/cpu.cfs_quota_us": "100000\n",
                "cpu,cpuacct/kubepods/pod1/cpu.cfs_period_us": "100000\n",
                "cpu,cpuacct/cpu.cfs_quota_us": "-1\n",
                "cpu,cpuacct/cpu.cfs_period_us": "100000\n",
                "memory/kubepods/pod1/memory.limit_in_bytes": NO_LIMIT_V1,
                "memory/kubepods/memory.limit_in_bytes": f"{MIB}\n",
            },
            (1.0, MIB, "cpu,cpuacct/kubepods/pod1/cpu.stat"),
        ),
        (
            "v1, no limits",
            "5:memory:/\n4:cpu,cpuacct:/\n",
            v1(),
            {
                "cpu,cpuacct/cpu.cfs_quota_us": "-1\n",
                "cpu,cpuacct/cpu.cfs_period_us": "100000\n",
                "memory/memory.limit_in_bytes": NO_LIMIT_V1,
            },
            (None, None, None),
        ),
        (
            "both mounted: a controller of v1 is not in v2",
            "4:cpu,cpuacct:/\n0::/\n",
            v1() + UNIFIED,
            {
                "unified/cpu.max": "100000 100000\n",
                "cpu,cpuacct/cpu.cfs_quota_us": "300000\n",
                "cpu,cpuacct/cpu.cfs_period_us": "100000\n",
            },
            (3.0, None, "cpu,cpuacct/cpu.stat"),
        ),
        (
            "nonsense in the files",
            "0::/\nno colons\n",
            V2,
            {"cpu.max": "many few\n", "memory.max": "\n"},
            (None, None, None),
        ),
        (
            "a period of zero",
            "0::/\n",
            V2,
            {"cpu.max": "100000 0\n"},
            (None, None, None),
        ),
        ("nothing mounted", "0::/\n", OTHERS, {}, (None, None, None)),
    ],
)
def test_tree(rule, groups, mounts, files, expected, tree):
    assert tree(groups, mounts, files) == expected


def test_where_there_is_no_proc(tmp_path):
    assert cgroup(tmp_path) == Cgroup()


def test_a_mount_point_with_a_space(tree):
    mounts = V2.replace("/sys/fs/cgroup", r"/sys/fs/cgroup/my\040groups")
    found = tree("0::/\n", mounts, {"my groups/memory.max": f"{MIB}\n"})
    assert found == (None, MIB, None)


def test_this_machine_can_be_read():
    found = cgroup()
    assert found.quota is None or found.quota > 0
    assert found.memory is None or found.memory > 0

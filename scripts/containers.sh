# shellcheck shell=bash
# Sourced: podman and buildah with a store of their own, that asks no registry, and
# the base image of the Dockerfile, made of Debian's packages.
#
# Needs root. Debian's packages are installed when they are missing. Without systemd and
# in a virtual machine, Debian's defaults do not work as they are: crun refuses mixed
# cgroups, CNI hangs, limits of processes may not be raised.

# What `alone` runs has its settings already.
[[ -n ${FOLDER:-} ]] && return

STORE=${STORE:-$PWD/.tools/containers}
mkdir -p "$STORE"
export LANG=C.UTF-8 CONTAINERS_CONF=$STORE/containers.conf CONTAINERS_STORAGE_CONF=$STORE/storage.conf
export CONTAINERS_REGISTRIES_CONF=$STORE/registries.conf

cat >"$CONTAINERS_STORAGE_CONF" <<X
[storage]
driver = "overlay"
graphroot = "$STORE/images"
runroot = "$STORE/run"
X
cat >"$CONTAINERS_CONF" <<X
[containers]
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
tmp_dir = "$STORE/libpod"
helper_binaries_dir = ["/usr/lib/podman", "/usr/libexec/podman"]
[network]
network_backend = "netavark"
network_config_dir = "$STORE/networks"
X
printf 'unqualified-search-registries = []\nshort-name-mode = "disabled"\n' >"$CONTAINERS_REGISTRIES_CONF"

# What the Dockerfile calls python:3.11-slim, with the same headers. Debian 12 has Python 3.11.
BASE=localhost/python:3.11-slim

install_engine() {
    local needed=(buildah podman runc catatonit netavark aardvark-dns debootstrap iptables iproute2 curl)
    dpkg -s "${needed[@]}" >/dev/null 2>&1 && return
    echo "Installing ${needed[*]} …" >&2
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${needed[@]}" >/dev/null
}

make_base() {
    buildah images -q "$BASE" 2>/dev/null | grep -q . && return
    echo "Making the base image of Debian's packages, once …" >&2
    local folder mirror
    folder=$(mktemp -d)
    # The mirror that this machine's apt uses.
    # Either of the two places may be missing, which grep would take for a failure.
    mirror=$(grep -rhoE '^(URIs: *|deb (\[[^]]*\] )?)https?://[^ ]+' /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null |
        grep -oE 'https?://[^ ]+/debian/?$' | head -n 1) || true
    [[ -n $mirror ]] || { echo "No mirror of Debian's is known to apt" >&2; return 1; }
    debootstrap --variant=minbase --include=python3,python3-dev,python3-venv,python3-pip,ca-certificates \
        bookworm "$folder/root" "$mirror" >"$STORE/debootstrap.log"
    ln -sf python3 "$folder/root/usr/bin/python"
    rm -rf "$folder"/root/var/cache/apt/archives/*.deb "$folder"/root/var/lib/apt/lists/*
    tar -C "$folder/root" -cf "$folder/base.tar" --exclude='./proc/*' --exclude='./sys/*' .
    rm -rf "$folder/root"
    printf 'FROM scratch\nADD base.tar /\nENV LANG=C.UTF-8\nCMD ["python3"]\n' >"$folder/Dockerfile"
    buildah build --isolation chroot -t "$BASE" "$folder" >"$STORE/base.log" 2>&1
    rm -rf "$folder"
}

# build IMAGE [buildah's arguments …]: the project's Dockerfile, unmodified.
build() {
    local image=$1 mounts=()
    shift
    for path in /etc/pip.conf /etc/ssl/certs /etc/resolv.conf; do
        [[ -e $path ]] && mounts+=(-v "$path:$path:ro")
    done
    buildah build --isolation chroot --network host --pull-never --format docker --layers \
        "${mounts[@]}" -t "$image" "$@" . >"$STORE/build.log" 2>&1 || {
        tail -n 30 "$STORE/build.log" >&2
        return 1
    }
}

# alone COMMAND …: run it with networks, mounts and processes of its own, and a store for
# containers that is thrown away; images come from the lasting one. Whatever happens,
# nothing is left behind.
alone() {
    local folder
    folder=$(mktemp -d)
    cat >"$folder/storage.conf" <<X
[storage]
driver = "overlay"
graphroot = "$folder/store"
runroot = "$folder/run"
[storage.options]
additionalimagestores = ["$STORE/images"]
X
    sed -e "s|^tmp_dir.*|tmp_dir = \"$folder/libpod\"|" -e "s|^network_config_dir.*|network_config_dir = \"$folder/networks\"|" \
        "$CONTAINERS_CONF" >"$folder/containers.conf"
    local status=0
    CONTAINERS_STORAGE_CONF=$folder/storage.conf CONTAINERS_CONF=$folder/containers.conf FOLDER=$folder \
        unshare --mount --net --pid --fork --kill-child --mount-proc \
        bash -c 'mkdir -p /run/netns && mount -t tmpfs tmpfs /run/netns && ip link set lo up && exec "$@"' alone "$@" || status=$?
    rm -rf "$folder"
    return "$status"
}

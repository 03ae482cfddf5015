# Sourced first: the script begins again with mounts of its own, which go with it however it ends. Root
# may do so; others become root among themselves. Afterwards $own_mounts is yes, or no where a machine
# allows neither; then disks that fill cannot be tested, which is a failure only if DISKS=required.
# shellcheck shell=bash
if [ -z "${own_mounts:-}" ]; then
    as_root=$([ "$(id -u)" -eq 0 ] || echo --map-root-user)
    # shellcheck disable=SC2086 # no word or one
    if unshare --mount $as_root mount -t tmpfs none /mnt 2>/dev/null; then
        exec env own_mounts=yes unshare --mount $as_root "$0" "$@"
    fi
    own_mounts=no
    [ "${DISKS:-}" != required ] || fail "small disks can be mounted"
fi

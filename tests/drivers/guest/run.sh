#!/bin/bash
# Boots the guest, runs one script in it as root, and exits with the script's own status; 124 when
# its time was up, 125 when the guest died before it could say. The guest's console goes to
# standard output. What the script writes below /out appears in OUT.
#
#   run.sh SCRIPT [ARGUMENT...]          after setup.sh
#
# From the environment: GUEST_DIR (build/guest), OUT (GUEST_DIR/out), LIMIT_S (300, for the whole
# run), SMP (2), MEM (2048, MB), CPU (max; Nehalem is one without AVX), APPEND (more of the
# kernel's command line), QEMU_EXTRA (more of qemu's).
#
# Always the software emulator: the same everywhere, and a nested KVM may hang.

set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
guest=${GUEST_DIR:-$root/build/guest}
out=${OUT:-$guest/out}
limit_s=${LIMIT_S:-300}

[ $# -ge 1 ] || {
    echo "usage: run.sh SCRIPT [ARGUMENT...]" >&2
    exit 2
}
script=$(realpath "$1")
shift

# The last 15 seconds are for saving the kernel's messages of a script that hangs.
write_start()
{
    printf 'guest_limit_s=%q\n' $((limit_s - 15))
    printf 'export GUEST_KERNEL=%q\n' "$guest/kernel"
    printf 'guest_command=(bash'
    printf ' %q' "$script" "$@"
    printf ')\n. %q\n' "$here/inside.sh"
}

# A comma ends a value in qemu's options; two stand for one.
share()
{
    local tag=$1 path=${2//,/,,} more=${3:-}
    printf '%s\n' -fsdev "local,id=$tag,path=$path,security_model=none$more" \
        -device "virtio-9p-pci,fsdev=$tag,mount_tag=$tag"
}

mkdir -p "$out"
rm -f "$out/status"
write_start "$@" > "$out/.start"

mapfile -t shares < <(
    share root / ,readonly=on,multidevs=remap
    share out "$(realpath "$out")"
)
read -r -a extra <<< "${QEMU_EXTRA:-}"
machine=(
    -accel 'tcg,thread=multi' -cpu "${CPU:-max}" -smp "${SMP:-2}" -m "${MEM:-2048}"
    -display none -serial stdio -monitor none -no-reboot -nodefaults
    -kernel "$(echo "$guest"/kernel/boot/vmlinuz-*)" -initrd "$guest/initrd.gz"
    -append "console=ttyS0 quiet loglevel=1 panic=-1 ${APPEND:-}"
    -device virtio-rng-pci -device 'isa-debug-exit,iobase=0xf4,iosize=4'
)

# qemu's status says little: the device that ends it makes every code odd, a panic makes it 0.
# In the background, so that a signal ends the emulator too and not only this script.
emulator=0
timeout --foreground -k 5 "$limit_s" \
    qemu-system-x86_64 "${machine[@]}" "${shares[@]}" "${extra[@]}" < /dev/null &
emulator_pid=$!
trap 'kill "$emulator_pid"; wait "$emulator_pid"; exit 143' INT TERM HUP
wait "$emulator_pid" || emulator=$?

[ ! -s "$out/status" ] || exit "$(cat "$out/status")"
[ "$emulator" != 124 ] || exit 124
exit 125

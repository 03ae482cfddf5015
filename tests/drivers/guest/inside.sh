# shellcheck shell=bash
# The guest's life after its root is mounted: run one script, save what the kernel said, report
# the script's exit status and switch the power off. Sourced by the file that run.sh writes, which
# sets guest_command (an array) and guest_limit_s before.

export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8

# qemu's isa-debug-exit device ends qemu at once when its port, 0xf4, is written.
power_off()
{
    printf '\x00' | dd of=/dev/port bs=1 seek=$((0xf4)) 2> /dev/null
    echo o > /proc/sysrq-trigger
    sleep 5
}

busybox ip link set lo up
timeout -k 2 "${guest_limit_s:?}" "${guest_command[@]:?}"
guest_status=$?
dmesg > /out/dmesg.txt
echo "$guest_status" > /out/status
sync
power_off

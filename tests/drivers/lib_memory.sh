# shellcheck shell=bash disable=SC2034,SC2154
# What a process has in memory, as the kernel says. Sourced by lib.sh.

# smaps_kb PID NAME: a number of smaps_rollup (Rss, Pss, Private_Dirty), or of status (VmHWM), KB.
smaps_kb()
{
    awk -v name="$2:" '$1 == name { print $2; exit }' "/proc/$1/smaps_rollup" "/proc/$1/status"
}

# What smaps has, sorted by what it is for: a line of a table for each, in MB.
memory_by_use()
{
    awk '
        function mb(kb) { return sprintf("%.1f", kb / 1024) }
        /^[0-9a-f]+-[0-9a-f]+ / {
            use = "blocks of 128 KB and more: frames, textures, scratch; arenas, stacks of threads"
            if ($6 ~ /^\/dev\/video/) use = "buffers of the camera driver, mapped"
            else if ($6 ~ /^\/SYSV/) use = "pixels of the window, shared with the X server"
            else if ($6 ~ /^\//) use = "code and data of the program and its libraries"
            else if ($6 == "[heap]") use = "heap: smaller blocks, most of them the libraries'"'"'"
            else if ($6 ~ /^\[/) use = "stack and pages of the kernel"
        }
        $1 == "Rss:" { if (!(use in sum)) name[++uses] = use; sum[use] += $2; all += $2 }
        END {
            for (i = 1; i <= uses; i++) print name[i] " | " mb(sum[name[i]])
            print "all | " mb(all)
        }' "$1"
}

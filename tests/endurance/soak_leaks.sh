# Sourced by soak.sh: leaks made on purpose (tests/preload/leak.c), all side by side. Each is found, by
# the number that is meant for it, in half a minute; and what is no leak is not taken for one.
# shellcheck shell=bash disable=SC2154
# From soak.sh: work, program, python; check from check.sh.

kinds=(heap ledger pages descriptors threads mappings nothing jump)

# leaking KIND: judged by soak.py while it streams.
leaking() {
    local name=$1 pid
    "${wrap[@]}" env LEAK="$name" LD_PRELOAD="$work/leak.so" "$program" live scene \
        --size 320x240 --fps 60 --headless --threads 1 --stats "$work/$name.json" \
        >"$work/$name.log" 2>&1 </dev/null &
    pid=$!
    "$python" -B tests/endurance/soak.py watch $pid "$work/$name.json" "$work/$name.samples" \
        --name "$name" --seconds 30 >"$work/$name.verdict" 2>&1
    kill -KILL $pid
    wait $pid 2>/dev/null
}

# found KIND WORDS: a line that begins with them has failed.
found() {
    grep -E "^FAIL +$1: $2: " "$work/$1.verdict" | sed 's/^/      /'
    [ "${PIPESTATUS[0]}" -eq 0 ]
}

# sound KIND: all of its lines are fine.
sound() {
    ! grep -vE '^ok ' "$work/$1.verdict" && [ -s "$work/$1.verdict" ]
}

gcc -D_GNU_SOURCE -O2 -Wall -shared -fPIC -o "$work/leak.so" tests/preload/leak.c
running=()
for one in "${kinds[@]}"; do
    leaking "$one" &
    running+=($!)
done
wait "${running[@]}"

check "64 bytes of malloc, again and again" found heap "heap in use"
check "16 bytes of our own" found ledger "own allocations"
check "pages of what is mapped" found pages "anonymous memory"
check "and so resident memory" found pages "resident memory"
for one in descriptors threads mappings; do
    check "$one" found $one $one
done
check "no leak is none" sound nothing
check "a jump of 2 MB is none" sound jump

# Sourced by the test scripts: counts, and says what failed.
# shellcheck shell=bash
passed=0
failed=0

pass() {
    passed=$((passed + 1))
    echo "ok    $1"
}

fail() {
    failed=$((failed + 1))
    echo "FAIL  $1${2:+: $2}"
}

# check NAME COMMAND...: the command must succeed.
check() {
    local name=$1
    shift
    if "$@"; then pass "$name"; else fail "$name" "$*"; fi
}

# check_status NAME STATUS COMMAND...: the command must end with that status.
check_status() {
    local name=$1 expected=$2 status
    shift 2
    "$@"
    status=$?
    if [ $status -eq "$expected" ]; then
        pass "$name"
    else
        fail "$name" "status $status, not $expected: $*"
    fi
}

# check_text NAME FILE PATTERN: the file must hold a line with the pattern.
check_text() {
    if grep -qE -- "$3" "$2"; then pass "$1"; else fail "$1" "no \"$3\" in: $(head -c 600 "$2")"; fi
}

# wait_for SECONDS COMMAND...: until the command succeeds.
wait_for() {
    local tries=$(($1 * 20))
    shift
    while [ $tries -gt 0 ]; do
        if "$@" >/dev/null 2>&1; then return 0; fi
        sleep 0.05
        tries=$((tries - 1))
    done
    return 1
}

now_ms() {
    echo $(($(date +%s%N) / 1000000))
}

# field NAME LINE: a number out of a line of --stats.
field() {
    sed -n "s/.*\"$1\":\\([-0-9.e+]*\\).*/\\1/p" <<<"$2"
}

finish() {
    echo "$passed passed, $failed failed"
    [ $failed -eq 0 ]
}

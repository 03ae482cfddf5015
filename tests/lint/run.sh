#!/bin/bash
# Everything a machine can see without running the program. One line a check; the last line counts.
set -u
cd "$(dirname "$0")/../.." || exit 1
out=build/lint
mkdir -p "$out"
passed=0
failed=0
mapfile -t sources < <(git ls-files --cached --others --exclude-standard '*.c')
mapfile -t headers < <(git ls-files --cached --others --exclude-standard '*.h')
mapfile -t included < <(git ls-files --cached --others --exclude-standard '*.inc')
mapfile -t scripts < <(git ls-files --cached --others --exclude-standard '*.sh' .ci/run)
flags=(-std=c11 -D_GNU_SOURCE -I.)

check() {
    local name=$1 log=$out/$1.log
    shift
    if "$@" >"$log" 2>&1; then
        passed=$((passed + 1))
        echo "ok    $name"
    else
        failed=$((failed + 1))
        echo "FAIL  $name ($log)"
        tail -n 20 "$log" | sed 's/^/      | /'
    fi
}

formatted() {
    clang-format-14 --dry-run -Werror "${sources[@]}" "${headers[@]}" "${included[@]}"
}

# Each header must compile by itself, and its documentation must name what is there.
headers_alone() {
    local status=0
    for header in "${headers[@]}"; do
        echo "#include \"$header\"" | gcc "${flags[@]}" -Wall -Wextra -Wpedantic -Werror \
            -fsyntax-only -xc - || status=1
        echo "#include \"$header\"" | clang-14 "${flags[@]}" -Wall -Wextra -Wpedantic \
            -Wdocumentation -Werror -fsyntax-only -xc - || status=1
    done
    return $status
}

# Kernels are compiled with the instructions that the Makefile gives them.
tidy_file() {
    local more=()
    case $1 in
    *_ssse3.c) more=(-mssse3) ;;
    *_avx2.c) more=(-mavx2 -mbmi2) ;;
    *_avx512.c) more=(-mavx512f -mavx512bw -mavx512vl -mbmi2) ;;
    *_neon.c) more=(--target=aarch64-linux-gnu -isystem /usr/aarch64-linux-gnu/include) ;;
    esac
    clang-tidy-14 --quiet --warnings-as-errors='*' "$1" -- -std=c11 -D_GNU_SOURCE -I. "${more[@]}" 2>&1
}
export -f tidy_file

tidy() {
    printf '%s\n' "${sources[@]}" | grep -v '^tests/' |
        xargs -P "$(nproc)" -I {} bash -c 'tidy_file {}' |
        grep -v 'warnings generated\|^$\|Suppressed\|Use -header-filter' >"$out/tidy.txt"
    cat "$out/tidy.txt"
    ! grep -q 'error:\|warning:' "$out/tidy.txt"
}

cpp_check() {
    cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr \
        --suppress=missingIncludeSystem --error-exitcode=1 -j "$(nproc)" -I. -D_GNU_SOURCE \
        -D__GNUC__ processing capture render app
}

# No file may speak of anybody's machine.
no_private_paths() {
    ! git grep -nE '(^|[^[:alnum:]_}])/(home|root|work)/[a-z]' -- . ':!tests/lint/run.sh'
}

check format formatted
check arrows tests/lint/arrows.sh
check allocations tests/lint/allocations.sh
check headers headers_alone
check cppcheck cpp_check
check tidy tidy
check shell shellcheck -x -S warning "${scripts[@]}"
check paths no_private_paths

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]

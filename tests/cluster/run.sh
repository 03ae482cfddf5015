#!/bin/bash
# run.sh BUILD: docs/cluster.md does what it says. The scripts that it prints are run as they are: by a real
# Slurm of two nodes, and by GNU parallel here and over ssh. As root; all on loopback, all in one
# temporary folder, and gone afterwards.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=$(realpath "${1:?usage: run.sh BUILD}")
images=/usr/share/doc/opencv-doc/examples/data
python=/usr/bin/python3
. tests/lib/check.sh
. tests/cluster/slurm.sh

work=$(mktemp -d)
chmod 711 "$work" # munged wants its socket to be in reach
made_run_sshd=

# Ends what a pid file names, and waits for that.
stop_by() {
    local pid
    pid=$(cat "$1" 2>/dev/null) || return 0
    [ -n "$pid" ] || return 0
    kill "$pid" 2>/dev/null
    wait_for 5 eval "! kill -0 $pid" || kill -KILL "$pid" 2>/dev/null
}

# What our jobs and daemons left: processes that have our mark in their environment.
end_the_rest() {
    local environ pid
    for environ in /proc/[0-9]*/environ; do
        pid=${environ#/proc/}
        pid=${pid%/environ}
        if [ "$pid" != $$ ] && grep -qzx "CLUSTER_TEST=$work" "$environ" 2>/dev/null; then
            kill -KILL "$pid" 2>/dev/null
        fi
    done
}

clean_up() {
    trap '' INT TERM HUP
    slurm_stop
    stop_by "$work/ssh/pid"
    end_the_rest
    [ -z "$made_run_sshd" ] || rmdir /run/sshd
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

if [ "$(id -u)" -ne 0 ]; then
    fail "as root" "the daemons of a Slurm need root"
    finish
    exit 1
fi

# The first of $1 ports in a row that nobody listens on.
free_ports() {
    "$python" - "$1" <<'PY'
import random, socket, sys
def free(port):
    with socket.socket() as s:
        try:
            s.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
while True:
    base = random.randrange(20000, 30000)
    if all(free(base + i) for i in range(int(sys.argv[1]))):
        sys.exit(print(base))
PY
}

# ---- what is done ----

# The program, but in a folder with a file named "catch" that shard is stopped in the middle: when it
# has noted its first picture. Who wants to meet it there finds its number in the file "caught".
write_program() {
    cat >"$work/bin/cannyscope" <<EOF
#!/bin/bash
shard=\$(cat catch 2>/dev/null)
if [ -z "\$shard" ] || [[ "\$* " != *" --shard \$shard "* ]]; then exec $build/cannyscope "\$@"; fi
rm catch
$build/cannyscope "\$@" &
until [ -s "edges/.cannyscope-batch.\${shard/\\//-of-}.json" ]; do :; done
kill -STOP \$!
echo \$! >caught
wait \$!
EOF
    chmod +x "$work/bin/cannyscope"
}

export CLUSTER_TEST=$work
export XDG_CONFIG_HOME=$work/config XDG_STATE_HOME=$work/state
export PATH=$work/bin:$PATH
unset DISPLAY WAYLAND_DISPLAY "${!SBATCH_@}" "${!SLURM_@}"
mkdir -p "$work/bin" "$work/photos/sub" "$work/scripts"
write_program
awk -v folder="$work/scripts" -f tests/cluster/scripts.awk docs/cluster.md
chmod +x "$work"/scripts/*
check "the document prints four scripts" test "$(find "$work/scripts" -type f | wc -l)" = 4

cp -r $images/. "$work/photos"
find "$work/photos" -type f -name '*.jpg' -exec cp -t "$work/photos/sub" {} + 2>/dev/null
cp $images/fruits.jpg "$work/photos/sub/two.jpg"
cp $images/graf1.png "$work/photos/sub/two.JPG" # the same name in another case
head -c 30000 $images/fruits.jpg >"$work/photos/cut.jpg"
echo "no picture" >"$work/photos/sub/text.bmp"
: >"$work/photos/empty.png"

# Here all scripts run: the paths in reports are then the same.
place() {
    mkdir -p "$work/$1"
    cd "$work/$1" || exit 1
    ln -sfn "$work/photos" photos
    cp "$work"/scripts/* .
}

all_at_once() {
    cannyscope batch photos --recursive --output edges --report one.jsonl >out 2>&1
}

place one
check_status "all at once, to compare with" 3 all_at_once
check "it failed where it must" test "$(grep -c '"status":"failed"' one.jsonl)" = 3

# The outputs in edges are those of all at once, byte for byte.
same_outputs() {
    diff -r --exclude '.cannyscope-batch*' "$work/one/edges" edges
}

# same_report FILE: but for the order and the time that each picture took.
same_report() {
    "$python" - "$work/one/one.jsonl" "$1" <<'PY'
import json, sys
def lines(name):
    report = {}
    for line in open(name):
        line = json.loads(line)
        assert line["input"] not in report, "twice: " + line["input"]
        line.pop("ms")
        report[line["input"]] = line
    return report
one, other = lines(sys.argv[1]), lines(sys.argv[2])
for name in sorted(set(one) | set(other)):
    if one.get(name) != other.get(name):
        sys.exit(f"{name}:\n  {one.get(name)}\n  {other.get(name)}")
PY
}

# Every output in at most one report and one manifest as done, every shard's report with lines.
written_once() {
    "$python" - "$1" <<'PY'
import glob, json, sys
count = int(sys.argv[1])
for kind in "reports/shard-%d-of-%d.jsonl", "edges/.cannyscope-batch.%d-of-%d.json":
    done = {}
    for shard in range(count):
        lines = [json.loads(line) for line in open(kind % (shard, count))]
        assert lines, kind % (shard, count)
        for line in lines:
            if line.get("status", "ok") == "ok":
                assert line["output"] not in done, line
                done[line["output"]] = shard
    assert len(done) > 90, len(done)
PY
}

no_parts() {
    [ -z "$(find edges -name '*.part')" ]
}

# The state of all outputs, to see later which were written again.
note_outputs() {
    find edges -type f ! -name '.*' -printf '%p %i %T@\n' | sort >"$1"
}

# logged COMMAND...: what it says goes to the file "log".
logged() {
    "$@" >log 2>&1
}

# ---- Slurm ----

if slurm_start; then pass "a Slurm of two nodes"; else
    fail "a Slurm of two nodes" "$(tail -n 5 "$work"/slurm/*.log "$work/munge/log")"
fi

# submitted: the number of the array that submit.sh made, and of the merging.
jobs_of() {
    sed -n "s/^Shards .*: job //p; s/^Submitted batch job //p" "$1" | xargs
}

# submit ARGUMENTS...: waits until array and merging are through.
submit() {
    ./submit.sh "$@" >submitted 2>&1 || return 1
    local job
    for job in $(jobs_of submitted); do
        wait_for 60 slurm_ended "$job" || return 1
    done
}

place slurm
check "an array of four shards" submit 4 edges reports photos --recursive
check "every shard ran" test "$(cat reports/shard-?-of-4.status | wc -l)" = 4
check "on both nodes" test "$(grep -hoE '^Shard ./4 on n[12]' slurm-*.out | cut -d' ' -f4 | sort -u | xargs)" = "n1 n2"
check "failing pictures give 3" test "$(sort -u reports/*.status | xargs)" = "0 3"
check_text "and Slurm is told" <(scontrol show job) 'ExitCode=3:0'
check "no output was written twice" written_once 4
check "the outputs are those of one run" same_outputs
check "the reports together are that of one run" same_report reports/all.jsonl
check_text "what failed is counted" <(cat slurm-*.out) '^failed: 3$'
check "nothing half done is left" no_parts
check "submitted again" logged ./submit.sh 4 edges reports photos --recursive
check_text "there is nothing to do" log 'All 4 shards are through'

# Shard 2 is frozen in the middle and cancelled; the others end meanwhile.
cancel_in_the_middle() {
    echo 2/4 >catch
    ./submit.sh 4 edges reports photos --recursive >submitted 2>&1 || return 1
    local array merging
    read -r array merging < <(jobs_of submitted)
    wait_for 30 test -s caught && scancel "${array}_2" || return 1
    wait_for 60 slurm_ended "$array" && wait_for 60 slurm_ended "$merging"
}

place cancelled
check "a shard is cancelled in the middle" cancel_in_the_middle
# Its script may have been left the time to note how it was killed.
reached_its_end() {
    grep -sqxE '0|3' "reports/shard-$1.status"
}
check "it did not reach its end" eval '! reached_its_end 2-of-4'
check "the others did" test "$(cat reports/shard-[013]-of-4.status | wc -l)" = 3
note_outputs before
check "the same command again" submit 4 edges reports photos --recursive
check_text "submits that shard alone" submitted '^Shards 2 of 4: job'
note_outputs after
check "what was there stays as it was" test -z "$(comm -23 before after)"
check "what was missing is done" test -n "$(comm -13 before after)"
check_text "no more is done than that" <(cat slurm-*.out) '[1-9][0-9]* were done by an earlier run'
check "the outputs are those of one run, again" same_outputs
check "and so is the report" same_report reports/all.jsonl
check "no temporary file is left" no_parts

# ---- GNU parallel ----

merged() {
    ./merge.sh reports >counts && same_report reports/all.jsonl
}

place parallel
check_status "two shards at once, of four" 3 \
    logged env JOBS=2 ./parallel.sh 4 edges reports photos --recursive
check "no output is written twice" written_once 4
check "parallel: the outputs are those of one run" same_outputs
check "parallel: and so is the merged report" merged
check_text "with its counts" counts '^failed: 3$'

kill_in_the_middle() {
    echo 1/4 >catch
    JOBS=2 ./parallel.sh 4 edges reports photos --recursive >log 2>&1 &
    local all=$!
    wait_for 30 test -s caught && kill -KILL "$(cat caught)"
    wait $all
}

place killed
check_status "a shard is killed in the middle" 1 kill_in_the_middle
note_outputs before
check_status "the same command again ends it" 3 \
    logged env JOBS=2 ./parallel.sh 4 edges reports photos --recursive
note_outputs after
check "what was there is not done again" test -z "$(comm -23 before after)"
check "killed: the outputs are those of one run" same_outputs
check "killed: and so is the merged report" merged
check "killed: no temporary file is left" no_parts

# What failed is mended, and done without shards.
cp $images/fruits.jpg "$work/photos/cut.jpg"
check_status "the rest, without shards" 3 logged cannyscope batch photos --recursive --output edges \
    --resume --report reports/later.jsonl
check "is what was mended" test "$(grep -c '"status":"ok"' reports/later.jsonl)" = 1
cannyscope batch --merge-reports reports/all.jsonl reports/later.jsonl >reports/now.jsonl
check "and the report knows" test "$(grep -c '"status":"failed"' reports/now.jsonl)" = 2
head -c 30000 $images/fruits.jpg >"$work/photos/cut.jpg"

# Two hosts that are both this machine, by an sshd of our own.
ssh_start() {
    local port
    port=$(free_ports 1)
    mkdir -m 700 "$work/ssh"
    [ -d /run/sshd ] || { mkdir -m 755 /run/sshd && made_run_sshd=yes; }
    ssh-keygen -q -t ed25519 -N '' -f "$work/ssh/host" && ssh-keygen -q -t ed25519 -N '' -f "$work/ssh/key"
    cat >"$work/ssh/sshd_config" <<EOF
ListenAddress 127.0.0.1
Port $port
HostKey $work/ssh/host
AuthorizedKeysFile $work/ssh/key.pub
PidFile $work/ssh/pid
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin prohibit-password
SetEnv "PATH=$PATH" CLUSTER_TEST=$work
EOF
    cat >"$work/ssh/config" <<EOF
Host node1 node2
HostName 127.0.0.1
Port $port
User root
IdentityFile $work/ssh/key
IdentitiesOnly yes
StrictHostKeyChecking no
UserKnownHostsFile /dev/null
LogLevel ERROR
EOF
    /usr/sbin/sshd -f "$work/ssh/sshd_config" && wait_for 10 ssh -F "$work/ssh/config" node1 true
}

check "an sshd" ssh_start
place hosts
check_status "over two hosts" 3 logged env HOSTS=node1,node2 PARALLEL_SSH="ssh -F $work/ssh/config" \
    ./parallel.sh 5 edges reports photos --recursive
check "both were used" test "$(awk 'NR > 1 { print $2 }' reports/joblog | sort -u | xargs)" = "node1 node2"
check "hosts: the outputs are those of one run" same_outputs
check "hosts: and so is the merged report" merged

# ---- parts that are none ----

for shard in 4/4 5/4 0/0 -1/4 1/-4 a/b 1 /4 1/ 1.0/4 '1/4 ' ''; do
    check_status "'$shard' is wrong usage" 2 logged cannyscope batch photos --output none --shard "$shard"
done
mkdir few
cp $images/fruits.jpg $images/graf1.png few
check_status "more shards than pictures" 0 logged cannyscope batch few --output fewer --shard 3/7
check_text "one that has none says so" log 'Shard 3/7: 0 of 2 images'
check_text "and ends well" log '^Done: 0 of 0 images'
check_status "outputs where shards search" 1 logged cannyscope batch few --output few --shard 0/2
check_text "are refused" log 'choose another'

finish

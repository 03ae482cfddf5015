# Sourced by run.sh: a Slurm of two nodes of one processor each, on this machine alone. All that it
# writes is below $work; it listens on loopback. slurm_start, slurm_stop, slurm_ended JOB.
# shellcheck shell=bash disable=SC2154

# Says how to reach the daemons; each node is a name for another port of this machine.
slurm_configure() {
    local host base
    host=$(hostname)
    base=$(free_ports 3)
    mkdir -p "$work/slurm/state" "$work/slurm/n1" "$work/slurm/n2"
    export SLURM_CONF=$work/slurm/slurm.conf
    cat >"$SLURM_CONF" <<EOF
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$base
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SlurmUser=root
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket=$work/munge/socket
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
JobAcctGatherType=jobacct_gather/none
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
MailProg=/bin/true
KillWait=5
SchedulerParameters=sched_min_interval=100000
StateSaveLocation=$work/slurm/state
SlurmdSpoolDir=$work/slurm/%n
SlurmctldLogFile=$work/slurm/slurmctld.log
SlurmdLogFile=$work/slurm/%n.log
SlurmctldPidFile=$work/slurm/slurmctld.pid
SlurmdPidFile=$work/slurm/%n.pid
NodeName=n1 NodeHostname=$host NodeAddr=127.0.0.1 Port=$((base + 1)) CPUs=1
NodeName=n2 NodeHostname=$host NodeAddr=127.0.0.1 Port=$((base + 2)) CPUs=1
PartitionName=all Nodes=n1,n2 Default=YES MaxTime=5 State=UP
EOF
}

# With a key and a socket of its own; whoever may see the socket may ask.
munge_start() {
    mkdir -m 755 "$work/munge"
    head -c 1024 /dev/urandom >"$work/munge/key"
    chmod 600 "$work/munge/key"
    munged --socket="$work/munge/socket" --key-file="$work/munge/key" \
        --pid-file="$work/munge/munged.pid" --log-file="$work/munge/log" \
        --seed-file="$work/munge/seed"
}

slurm_is_up() {
    [ "$(sinfo --noheader --Node --format=%T | grep -c idle)" = 2 ]
}

slurm_start() {
    slurm_configure
    munge_start && slurmctld && slurmd -N n1 && slurmd -N n2 && wait_for 30 slurm_is_up
}

slurm_ended() {
    [ -z "$(squeue --noheader --jobs "$1" 2>/dev/null)" ]
}

# Jobs first: the daemons leave what runs alone.
slurm_stop() {
    if [ -s "$work/slurm/slurmctld.pid" ]; then
        timeout 5 scancel --user root --signal KILL >/dev/null 2>&1
        timeout 5 scancel --user root >/dev/null 2>&1
    fi
    local file
    for file in "$work"/slurm/n[12].pid "$work"/slurm/slurmctld.pid "$work"/munge/munged.pid; do
        stop_by "$file"
    done
}

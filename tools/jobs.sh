# shellcheck shell=bash
# Sourced by scripts that run jobs in parallel. Each job has a name, and a log that is printed as a whole.

# The running jobs: the process, start time and estimated seconds of each.
declare -A running=() since=() expected=()
logs=$(mktemp -d)

# start_job NAME SECONDS COMMAND...: runs a job in the background, in a separate process group, so that its child
# processes can be stopped with it. SECONDS is the estimated duration on two cores; 0 if unknown.
start_job() {
    local name=$1
    set -m
    measured "$name" "${@:3}" >"$logs/$name" 2>&1 </dev/null &
    set +m
    running[$name]=$! since[$name]=$SECONDS expected[$name]=$2
}

# measured NAME COMMAND...: runs a command and records its processor time in a file.
measured() (
    file=$logs/.$1.processor
    trap 'times >"$file"' EXIT
    "${@:2}"
)
# processor_seconds NAME: prints the processor time of the processes that a job started, in seconds.
processor_seconds() {
    awk 'NR == 2 { for (i = 1; i <= 2; i++) { split($i, t, /[ms]/); sum += t[1] * 60 + t[2] } } END { printf "%d", sum }' \
        "$logs/.$1.processor" 2>/dev/null || echo 0
}

# next_job: waits until a job has exited, and sets `ended` to its name, `status` to its exit status, and `took` to its
# duration. Prints the running jobs every 30 seconds.
next_job() {
    local name used last=$SECONDS
    while :; do
        for name in "${!running[@]}"; do
            if kill -0 "${running[$name]}" 2>/dev/null; then continue; fi
            status=0
            wait "${running[$name]}" || status=$?
            ended=$name took=$(spell $((SECONDS - since[$name])))
            unset "running[$name]"
            used=$(processor_seconds "$name")
            if ((used > 9)); then took+=" ($(spell "$used") of a processor)"; fi
            return
        done
        if ((SECONDS - last >= 30)); then
            last=$SECONDS
            print_running
        fi
        sleep 0.3
    done
}

print_running() {
    local name line=
    for name in "${!running[@]}"; do
        line+=", $name $(spell $((SECONDS - since[$name])))"
        if ((expected[$name])); then line+=" of about $(spell "${expected[$name]}")"; fi
    done
    printf '.... still at it: %s\n' "${line#, }"
}

# spell SECONDS: prints a duration in readable form.
spell() { if (($1 < 90)); then echo "$1 s"; else echo "$((($1 + 30) / 60)) min"; fi; }

# stop_jobs: for an EXIT trap: stops all jobs and deletes their logs.
stop_jobs() {
    local pid
    for pid in "${running[@]}"; do
        kill -- "-$pid" 2>/dev/null || true
    done
    rm -rf "$logs"
}
trap stop_jobs EXIT
trap 'exit 130' INT TERM

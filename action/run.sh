#!/usr/bin/env bash
# What the steps of action.yml do, one a word: find, build, scan, verdict. All that they need comes in variables of the environment,
# those of GitHub's runner and the INPUT_… and EVENT_… ones that action.yml sets. Nothing of these is ever run as code, nor printed
# at the beginning of a line.
set -euo pipefail

# Ends the job with a reason; only words of this file and numbers of commits stand in it.
die() {
    printf '::error title=gridleaks::%s\n' "$1"
    exit 2
}

# Sets an output of the step. A line end would begin another one.
output() {
    printf '%s=%s\n' "$1" "${2//[$'\r\n']/}" >> "$GITHUB_OUTPUT"
}

# Where the program is: one that was named, one on the PATH, or else one to be built from the action's own folder. What was built
# by the same compiler from the same files is found in the cache by `key`.
find_program() {
    local root=$RUNNER_TEMP/gridleaks key
    if [ -n "${INPUT_BINARY:-}" ]; then
        [ -x "$INPUT_BINARY" ] || die "the input binary names no program"
        output program "$INPUT_BINARY"
    elif command -v gridleaks > /dev/null; then
        output program "$(command -v gridleaks)"
    else
        command -v cargo > /dev/null || die "cargo is needed to build gridleaks; install Rust in a step before, or name a program by the input binary"
        key=$(cd "$GITHUB_ACTION_PATH" && { rustc -vV; find Cargo.toml Cargo.lock rules src -type f | LC_ALL=C sort | tr '\n' '\0' | xargs -0 cat; } | git hash-object --stdin)
        output root "$root"
        output key "gridleaks-${RUNNER_OS:-}-${RUNNER_ARCH:-}-$key"
        output program "$root/bin/gridleaks"
    fi
}

# Builds the program, unless the cache had it. Not in the workspace: a .cargo/config.toml or rust-toolchain.toml that a pull request
# brings would say what runs in place of the compiler.
build_program() {
    local root=$RUNNER_TEMP/gridleaks
    cd -- "$GITHUB_ACTION_PATH"
    [ -x "$root/bin/gridleaks" ] || [ -x "$root/bin/gridleaks.exe" ] \
        || cargo install --locked --path . --root "$root" --target-dir "$RUNNER_TEMP/gridleaks-target"
}

is_commit() { [[ $1 =~ ^([0-9a-f]{40}|[0-9a-f]{64})$ ]]; }
is_there() { git cat-file -e "$1^{commit}" 2> /dev/null; }

# Whether what is checked out is the event's head, merged by GitHub into the base as that is now.
is_merge_of() { [ "$(git rev-parse --quiet --verify HEAD^2 || true)" = "$1" ]; }

# Whether what is scanned waits to be merged: whoever wrote it has no say yet in what counts.
is_proposal() {
    case ${GITHUB_EVENT_NAME:-} in
        pull_request | pull_request_target | merge_group) ;;
        *) return 1 ;;
    esac
}

# The commit whose config and baseline hold for what is not merged yet: the base as it is now, or was when the event came.
base_of_proposal() {
    local base=${EVENT_BASE:-} head=${EVENT_HEAD:-}
    if is_commit "$head" && is_merge_of "$head"; then
        base=$(git rev-parse HEAD^1)
    fi
    if ! is_commit "$base" || ! is_there "$base"; then
        die "config and baseline come from the base, whose commit is not here: set fetch-depth: 0 on actions/checkout, or the input config to none"
    fi
    printf '%s' "$base"
}

# The commits that the event brings. Of a pull request, what is checked out is a merge of its head into the base as that is now,
# which may have moved on: neither what it was nor what it is counts as brought.
range() {
    local base=${EVENT_BASE:-} head=${EVENT_HEAD:-} range
    [ "$(git rev-parse --is-shallow-repository)" = false ] || die "a range needs the commits: set fetch-depth: 0 on actions/checkout"
    if ! is_commit "$base" || ! is_commit "$head" || ! is_there "$base"; then
        die "the event names no commits that a range could go between; set the input scan to tree or history"
    fi
    # As with pull_request_target, where the base is checked out unless something else is asked for.
    if ! is_there "$head" || ! git merge-base --is-ancestor "$head" HEAD; then
        die "what is checked out does not have the commits of the event: check out its ref"
    fi
    range="HEAD ^$base"
    if is_merge_of "$head"; then
        range+=" ^$(git rev-parse HEAD^1)"
    fi
    printf '%s' "$range"
}

# The lines of a text as an array `lines`, without empty ones.
split() {
    local line
    lines=()
    while IFS= read -r line; do
        line=${line%$'\r'}
        [ -z "$line" ] || lines+=("$line")
    done <<< "$1"
}

# Whether options say themselves which config holds.
names_config() {
    local option
    for option in "$@"; do
        case $option in
            --config | --config=* | --config-from | --config-from=* | --no-config) return 0 ;;
        esac
    done
    return 1
}

scan() {
    local mode=${INPUT_SCAN:-auto} status=0 upload=false sarif=${INPUT_SARIF_FILE:-} work range base lines options command
    work=$(mktemp -d "$RUNNER_TEMP/gridleaks-XXXXXX")
    # Until the scan says otherwise, it has failed.
    output status 2
    case $sarif in
        *[$'\r\n']*) die "the input sarif-file holds the end of a line" ;;
        '') sarif=$work/gridleaks.sarif ;;
        /*) ;;
        *) sarif=$GITHUB_WORKSPACE/$sarif ;;
    esac
    cd -- "${INPUT_DIRECTORY:-.}"
    if [ "$mode" = auto ]; then
        if is_proposal; then mode=range; else mode=tree; fi
    fi
    case $mode in
        tree) command=(scan) ;;
        history) command=(history) ;;
        range) range=$(range) || { printf '%s\n' "$range"; exit 2; }; command=(history "--range=$range") ;;
        *) die "the input scan is auto, tree, range or history" ;;
    esac
    options=(--format=github "--report=sarif=$sarif" "--report=markdown=$work/summary.md" "--fail-on=${INPUT_FAIL_ON:-any}")
    # Capitals as in GitHub's own comparisons, which upload goes by.
    case ${INPUT_VERIFY:-false} in
        [Tt][Rr][Uu][Ee]) options+=(--verify) ;;
        [Ff][Aa][Ll][Ss][Ee]) ;;
        *) die "the input verify is true or false" ;;
    esac
    split "${INPUT_ARGS:-}"
    options+=(${lines[@]+"${lines[@]}"})
    case ${INPUT_CONFIG:-auto} in
        auto)
            if is_proposal && ! names_config ${lines[@]+"${lines[@]}"}; then
                base=$(base_of_proposal) || { printf '%s\n' "$base"; exit 2; }
                options+=("--config-from=$base")
            fi
            ;;
        head) ;;
        none) options+=(--no-config) ;;
        *) die "the input config is auto, head or none" ;;
    esac
    split "${INPUT_PATHS:-}"
    if [ "$mode" = tree ]; then
        options+=(-- ${lines[@]+"${lines[@]}"})
    elif [ "${#lines[@]}" -gt 0 ]; then
        die "the input paths goes with a scan of the tree only"
    fi
    "$PROGRAM" "${command[@]}" "${options[@]}" < /dev/null || status=$?
    # As with --help among the options: it ends well and has scanned nothing.
    if [ "$status" -le 1 ] && [ ! -s "$work/summary.md" ]; then
        printf '::error title=gridleaks::nothing was scanned: no report was written; see the input args\n'
        status=2
    fi
    # Of what ends in 2, code scanning would learn that old alerts are gone.
    if [ "$status" -le 1 ] && [ -s "$sarif" ]; then
        upload=true
    fi
    [ ! -s "$work/summary.md" ] || cat "$work/summary.md" >> "$GITHUB_STEP_SUMMARY"
    output status "$status"
    output sarif-file "$sarif"
    output upload "$upload"
    output top "$(git rev-parse --show-toplevel 2> /dev/null || printf '%s' "$GITHUB_WORKSPACE")"
}

# Ends the job as the scan ended, once its findings are uploaded.
verdict() {
    case ${STATUS:-} in
        0) ;;
        1)
            printf '::error title=gridleaks::keys were found: see the annotations and the summary of the job\n'
            exit 1
            ;;
        *) die "the scan failed or could not read everything: see the log" ;;
    esac
}

case ${1:-} in
    find) find_program ;;
    build) build_program ;;
    scan) scan ;;
    verdict) verdict ;;
    *) die "run.sh is for the steps of action.yml" ;;
esac

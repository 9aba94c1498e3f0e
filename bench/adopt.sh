#!/usr/bin/env bash
# Takes a real project with old leaks from its first run to green CI, and shows that the next leak is red again.
#
#     bench/adopt.sh TREE [PROGRAM]
#
# TREE is any folder of sources, such as a part of Linux. It is copied, becomes a repository with three made-up keys in it (in a file's
# middle, in base64, in UTF-16), and its CI is the script of the action (action/run.sh), as GitHub would run it on a push.
set -euo pipefail
tree=$(realpath "$1")
top=$(cd "$(dirname "$0")/.." && pwd)
gridleaks=$(realpath "${2:-$top/target/release/gridleaks}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for name in $(env | sed -n 's/^\(\(GIT\|GITHUB\|INPUT\|EVENT\|RUNNER\)_[A-Z_]*\)=.*/\1/p'); do unset "$name"; done
export GIT_CONFIG_GLOBAL=/dev/null

cp -r "$tree" "$work/repo"
cd "$work/repo"
as() { git -c user.name=Ann -c user.email=ann@shop.example -c gc.auto=0 "$@"; }
# A made-up key, put together here so that none stands in the repository.
key() { printf 'rg_%s_%s' live "$(printf 'made up %s' "$1" | sha256sum | cut -c 1-32)"; }
as init -q -b main
mapfile -t files < <(find . -name '*.c' -not -path './.git/*' | LC_ALL=C sort | awk 'NR % 500 == 250' | head -n 4)
printf '/* token: %s */\n' "$(key one)" >> "${files[0]}"
printf '/* %s */\n' "$(printf 'key=%s' "$(key two)" | base64 -w 0)" >> "${files[1]}"
printf 'key = %s\r\n' "$(key three)" | iconv -t UTF-16LE > "$(dirname "${files[2]}")/settings.reg"
as add -A
as commit -q -m "what was always there"
echo "$(git ls-files | wc -l) files, 3 old leaks"

# The job, as on GitHub; prints how it ends.
job() {
    mkdir -p "$work/runner"
    : > "$work/output"
    : > "$work/summary"
    local variables=(GITHUB_ACTION_PATH="$top" GITHUB_WORKSPACE="$PWD" GITHUB_OUTPUT="$work/output" GITHUB_STEP_SUMMARY="$work/summary"
        RUNNER_TEMP="$work/runner" GITHUB_EVENT_NAME=push PROGRAM="$gridleaks" INPUT_SCAN=tree)
    env "${variables[@]}" bash "$top/action/run.sh" scan > "$work/log" 2>&1 || true
    local status ended=0
    status=$(sed -n 's/^status=//p' "$work/output" | tail -n 1)
    env "${variables[@]}" STATUS="$status" bash "$top/action/run.sh" verdict > /dev/null 2>&1 || ended=$?
    if [ "$ended" = 0 ]; then echo green; else echo "red, $(grep -c '^::error' "$work/log") found"; fi
}
expect() {
    local said
    said=$(job)
    printf '%s: %s\n' "$1" "$said"
    case $said in "$2"*) ;; *) echo "adopt: expected $2" >&2; cat "$work/log" >&2; exit 1 ;; esac
}
expect "the first run" "red, 3 found"
"$gridleaks" baseline
sed 's/^sha256:\([0-9a-f]\{12\}\)[0-9a-f]*/sha256:\1…/' gridleaks.baseline | sed -n '/^sha256/p'
as add gridleaks.baseline
as commit -q -m "known leaks"
expect "with the baseline" green
as mv "${files[0]}" "$(dirname "${files[0]}")/moved.c"
as commit -q -m "a file is moved"
expect "after a file with a leak is moved" green
printf '/* %s */\n' "$(key four)" >> "${files[3]}"
as commit -q -a -m "one more"
expect "with a fourth leak" "red, 1 found"

#!/usr/bin/env bash
# Runs `heads`, `check` and `lint` in the project, prints annotations, and writes the report for the comment to REPORT.
# The status of the checks is an output: the last step fails, when the comment is written.
set -uo pipefail

problems=()
report=
# The words of the input, as a shell would split them without quotes.
read -ra words <<<"$ARGUMENTS"

# run NAME COMMAND...: prints the output; what fails becomes a part of the report.
run() {
    local name=$1 output status
    shift
    echo "::group::aludel $*"
    output=$(aludel "$@" ${words[@]+"${words[@]}"} 2>&1)
    status=$?
    printf '%s\n::endgroup::\n' "$output"
    if [ "$status" -ne 0 ]; then
        problems+=("$name")
        report+=$(printf '\n\n#### `aludel %s` ended with %s\n\n````text\n%s\n````' "$*" "$status" "$output")
    fi
}

against=()
if [ -n "$AGAINST" ]; then
    # A shallow checkout has the pull request only. What both sides have in common need not be known.
    git rev-parse -q --verify "$AGAINST^{commit}" >/dev/null ||
        git fetch -q --no-tags --depth=1 origin "+refs/heads/${AGAINST#origin/}:refs/remotes/$AGAINST" || exit 1
    against=(--against "$AGAINST")
    run heads heads "${against[@]}"
else
    run heads heads --check
fi

offline=()
if [ "$OFFLINE" = true ]; then
    offline=(--offline)
else
    run check check
fi

lint=(lint ${offline[@]+"${offline[@]}"} ${against[@]+"${against[@]}"} ${words[@]+"${words[@]}"})
prefix=$(git rev-parse --show-prefix 2>/dev/null)
# Findings are printed on stdout, errors on stderr.
annotations=$(aludel "${lint[@]}" --format github)
status=$?
# Paths of annotations begin at the top of the repository.
printf '%s\n' "$annotations" | sed "s|^\(::[a-z]* file=\)|\1$prefix|"
if [ "$status" -ne 0 ]; then problems+=(lint); fi
findings=$(aludel "${lint[@]}" --format markdown 2>&1)
if [ -n "$findings" ]; then
    report+=$(printf '\n\n#### `aludel lint`\n\n%s' "$findings")
fi

title="### aludel: nothing found"
if [ "${#problems[@]}" -gt 0 ]; then
    names=$(printf ', %s' "${problems[@]}")
    title="### aludel: ${names:2} found problems"
elif [ -n "$report" ]; then
    title="### aludel: findings"
fi
# The first line names the comment: a job in another folder has its own. A comment has at most 65,536 characters.
{
    echo "<!-- aludel in /$prefix -->"
    printf '%s%s\n' "$title" "$report" | head -c 60000
} >"$REPORT"
if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then cat "$REPORT" >>"$GITHUB_STEP_SUMMARY"; fi
{
    echo "found=$([ -n "$report" ] && echo true || echo false)"
    echo "problems=${problems[*]:-}"
} >>"$GITHUB_OUTPUT"

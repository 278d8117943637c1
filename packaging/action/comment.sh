#!/usr/bin/env bash
# Writes REPORT as the one comment of this job on the pull request NUMBER: changes the comment that is there, and writes
# a first one only if something was found. A pull request of a fork has no right to comment: a line says so.
set -euo pipefail

marker=$(head -n 1 "$REPORT")
export marker
comments=repos/$GITHUB_REPOSITORY/issues/$NUMBER/comments
own='.[] | select(.user.type == "Bot" and (.body | startswith(env.marker))) | .id'
if ! ids=$(gh api --paginate "$comments" --jq "$own"); then
    echo "::notice::aludel cannot read the comments of the pull request (permissions: pull-requests: write)"
    exit 0
fi
id=$(head -n 1 <<<"$ids")
if [ -n "$id" ]; then
    change=(--method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$id")
elif [ "$FOUND" = true ]; then
    change=(--method POST "$comments")
else
    exit 0
fi
if ! gh api "${change[@]}" -F "body=@$REPORT" --silent; then
    echo "::notice::aludel cannot comment on the pull request (permissions: pull-requests: write)"
fi

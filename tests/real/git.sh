#!/usr/bin/env bash
# git: init, commits, branches, a merge with a conflict, rebase, stash, gc, fsck, clone, hooks
# Needs: git
# Unlike: */index
export GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.com GIT_COMMITTER_NAME=C GIT_COMMITTER_EMAIL=c@example.com
export GIT_AUTHOR_DATE='2020-02-02 02:02:02 +0000' GIT_COMMITTER_DATE='2020-02-02 02:02:02 +0000' GIT_PAGER=cat
prepare() { :; }
run() {
  git init -q -b main repository
  cd repository
  printf '#!/bin/sh\necho "hook: $1"\n' >.git/hooks/commit-msg
  chmod +x .git/hooks/commit-msg
  for n in $(seq 10); do
    seq "$n" 20 >"file$n"
    git add .
    GIT_AUTHOR_DATE="2020-02-02 02:02:$((10 + n)) +0000" git commit -m "commit $n" | grep -v index
  done
  git checkout -q -b side HEAD~3
  echo side >file1
  git commit -qam side
  git checkout -q main
  echo main >file1
  git commit -qam main
  git merge side || echo "merge says $?"
  git status --short
  echo both >file1
  git add file1
  git commit -qm merged
  git checkout -q -b rebased HEAD~2
  echo more >more
  git add more
  git commit -qm more
  git rebase main 2>&1 | tr '\r' '\n' | tail -1
  echo stashed >>more
  git stash -q
  git stash pop
  git checkout -q -- more
  git gc -q
  git fsck --no-progress
  git log --graph --format='%h %s' --all
  cd ..
  git clone -q repository copy
  git -C copy log -1 --format=%H
  git -C copy push -q origin HEAD:refs/heads/pushed
  git -C repository branch -a
  git -C copy blame file2 | head -2
  git -C copy archive HEAD | tar tf - | wc -l
  git -C copy grep -c 20
}
"$1"

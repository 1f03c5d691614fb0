# Git: a history of commits, branches and merges, then everything that reads and packs it again.
COMMITS=${COMMITS:-200}
export GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=C GIT_COMMITTER_EMAIL=c@example.org GIT_PAGER=cat
git init -q -b main repository; cd repository
for i in $(seq $COMMITS); do
	export GIT_AUTHOR_DATE="$((1700000000 + i * 60)) +0000" GIT_COMMITTER_DATE="$((1700000000 + i * 60)) +0000"
	echo "line $i" >>log; mkdir -p d$((i % 10)); echo "$i" >d$((i % 10))/f$((i % 17)); git add -A; git commit -q -m "commit $i"
done
git log --oneline | wc -l; git log -3 --format='%h %s %ad' --date=iso; git rev-parse HEAD; git status --short
git checkout -q -b side HEAD~5; echo side >side; git add side; git commit -q -m side; git checkout -q main; git merge -q -m merged side; git log --graph --oneline -4
echo changed >>log; git diff --stat; git diff | tail -n 3; git stash -q; git stash list; git stash pop -q; git checkout -q -- log
git tag -a v1 -m one; git describe; git show --stat HEAD~1 | tail -n 2; git blame -s log | tail -n 2 | cut -c10-; git grep -c 'line 1' -- log
git gc -q; git count-objects -v | grep -E '^(count|packs|garbage)'; git fsck --full --strict; git bundle create -q ../b main; git clone -q ../b ../clone 2>&1; git -C ../clone rev-parse main
git clone -q . ../second; cd ../second; echo more >more; git add more; git commit -q -m more; git push -q origin HEAD:refs/heads/pushed; cd ../repository; git log -1 --format=%s pushed
git rebase -q side pushed 2>&1 | head -n 3; git cherry-pick -x v1 2>&1 | head -n 1 | cut -c1-20; git archive --format=tar v1 | tar -t | wc -l; git ls-files | wc -l; git reflog | wc -l

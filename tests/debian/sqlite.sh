# SQLite with both journals, 100,000 rows, two processes at once, and a killed writer.
for mode in DELETE WAL; do
	sqlite3 $mode.db "PRAGMA journal_mode=$mode; CREATE TABLE t(id INTEGER PRIMARY KEY, word TEXT, n INTEGER); CREATE INDEX by_n ON t(n);"
	sqlite3 $mode.db "BEGIN; WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c WHERE x<100000)
		INSERT INTO t SELECT x, 'word ' || (x * 7919 % 100003), x * 31 % 1009 FROM c; COMMIT;"
	sqlite3 $mode.db "SELECT count(*), sum(n), max(word) FROM t; SELECT count(*) FROM t WHERE n=17; PRAGMA integrity_check;"
	sqlite3 $mode.db "UPDATE t SET n=n+1 WHERE id%100=0; DELETE FROM t WHERE id%3=0; SELECT count(*), sum(n) FROM t; PRAGMA integrity_check;"
	for writer in 1 2; do
		(for i in $(seq 15); do sqlite3 -cmd '.timeout 20000' $mode.db "INSERT INTO t(word,n) VALUES('from $writer', $i);" || echo "writer $writer failed"; done) &
	done
	wait
	sqlite3 $mode.db "SELECT word, count(*), sum(n) FROM t WHERE word LIKE 'from%' GROUP BY word ORDER BY word; PRAGMA integrity_check;"
	mkfifo orders; stdbuf -oL sqlite3 $mode.db <orders >held & pid=$!
	exec 3>orders; echo "BEGIN IMMEDIATE; INSERT INTO t(word) VALUES('never'); SELECT 'holds';" >&3
	until grep -q holds held; do sleep 0.1; done
	sqlite3 $mode.db "INSERT INTO t(word) VALUES('locked out');" 2>&1
	kill -KILL $pid; wait $pid; exec 3>&-; rm orders
	sqlite3 $mode.db "SELECT count(*) FROM t WHERE word='never'; PRAGMA integrity_check; VACUUM; PRAGMA integrity_check;"
	sqlite3 $mode.db "DELETE FROM t WHERE word LIKE 'from%';" .dump | md5sum
done
ls *.db*

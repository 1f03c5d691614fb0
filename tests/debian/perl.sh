# Perl: data, regular expressions, files, fork, pipes, signals and modules with C parts.
cat >t.pl <<'END'
use strict; use warnings; use POSIX qw(:sys_wait_h strftime floor); use File::Temp qw(tempfile tempdir); use File::Find; use Time::HiRes qw(sleep time);
use Data::Dumper; use List::Util qw(sum shuffle first reduce); use Storable qw(freeze thaw); use Digest::MD5 qw(md5_hex); use Digest::SHA qw(sha256_hex); use Fcntl qw(:flock SEEK_SET);
use IO::Handle; use Cwd; use Encode; use IPC::Open3; use Socket;
$| = 1; $Data::Dumper::Sortkeys = $Data::Dumper::Indent = 1;
my %h = (list => [1 .. 4], inner => {a => undef}); print Dumper(\%h); my $copy = thaw(freeze(\%h)); print sum(@{$copy->{list}}), "\n";
my $text = "2024-05-06 and 1999-12-31"; my @d = $text =~ /(\d{4})-(\d\d)-(\d\d)/g; print "@d\n"; (my $t = $text) =~ s/(\d+)-/$1\//g; print "$t\n";
print join(",", map { $_ ** 2 } grep { $_ % 2 } 1 .. 9), " ", (reduce { $a * $b } 1 .. 10), "\n"; print md5_hex("x" x 1000), " ", sha256_hex("abc"), "\n";
print strftime("%Y-%m-%d %H:%M:%S", gmtime(86400 * 365)), "\n"; printf "%.3f %s %b %o %e\n", 3.14159, "s", 10, 64, 12345.678; print pack("nNvV", 1, 2, 3, 4) eq "\0\1\0\0\0\2\3\0\4\0\0\0" ? "packed\n" : "bad\n";
my $dir = tempdir(CLEANUP => 1); mkdir "$dir/$_" for qw(x y); for my $i (1 .. 20) { open my $f, ">", "$dir/x/f$i" or die; print $f "line $i\n" x $i; close $f }
my $bytes = 0; my $n = 0; find(sub { if (-f) { $n++; $bytes += -s _ } }, $dir); print "$n files, $bytes bytes\n"; my @s = stat "$dir/x/f3"; printf "%o %d\n", $s[2], $s[7];
rename "$dir/x/f1", "$dir/y/g" or die; symlink "g", "$dir/y/l"; print readlink("$dir/y/l"), " ", (-l "$dir/y/l" ? 1 : 0), " ", join(",", sort map { s/.*\///r } glob "$dir/y/*"), "\n";
my @pids; for my $i (1 .. 5) { my $pid = fork // die; if (!$pid) { POSIX::_exit($i) } push @pids, $pid } my $total = 0; for (@pids) { waitpid $_, 0; $total += $? >> 8 } print "children: $total\n";
pipe my $r, my $w; if (my $pid = fork) { close $w; my @l = <$r>; waitpid $pid, 0; print scalar(@l), " lines, last $l[-1]" } else { close $r; print $w "line $_\n" for 1 .. 500; close $w; POSIX::_exit(0) }
{ local $SIG{USR1} = sub { print "usr1\n" }; kill USR1 => $$; local $SIG{ALRM} = sub { die "alarm\n" }; eval { alarm 1; sleep 5; }; print "caught $@" }
open my $p, "-|", "sort", "-r", $0 or die; my $first = <$p>; close $p; print length($first) > 0 ? "piped open\n" : ""; print `echo from a shell; exit 3`, $? >> 8, "\n"; system("exit 2"); print $? >> 8, "\n";
my $pid = open3(my $in, my $out, undef, "tr a-z A-Z"); print $in "shout\n"; close $in; print <$out>; waitpid $pid, 0;
open my $lock, "+>", "$dir/lock"; flock($lock, LOCK_EX) or die; if (!fork) { open my $l, "+<", "$dir/lock"; print flock($l, LOCK_EX | LOCK_NB) ? "bad\n" : "locked: $!\n"; POSIX::_exit(0) } wait; 
seek $lock, 100, SEEK_SET; print $lock "x"; $lock->flush; print -s "$dir/lock", "\n"; truncate $lock, 10; print -s "$dir/lock", "\n"; print length(encode("UTF-8", "\x{20ac}")), " ", uc("\x{e4}") eq "\x{c4}" ? 1 : 0, "\n";
my @sorted = sort { $a <=> $b } map { ($_ * 7919) % 100003 } 1 .. 50000; print "$sorted[0] $sorted[-1] $sorted[25000]\n"; my %count; $count{$_ % 97}++ for @sorted; print scalar(keys %count), "\n";
my $err = do { local $@; eval { die {code => 42} }; $@->{code} }; print "$err\n"; open(my $none, "<", "/nonexistent") or print "$!\n"; chdir "/tmp"; print getcwd(), "\n"; local $0 = "renamed"; print "end\n"; exit 5;
END
perl t.pl; echo "status $?"; perl -ne 'print if /quick/' t.pl | wc -l; seq 10 | perl -lane '$s += $F[0]; END { print $s }'; perl -e 'kill 9, $$'; echo "$?"

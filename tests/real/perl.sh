#!/usr/bin/env bash
# perl: fork, pipes, signal handlers, alarm, backquotes, exec
# Needs: perl
# Quick
prepare() {
  cat >work.pl <<'PL'
use strict; use warnings; use POSIX ":sys_wait_h"; use IPC::Open3;
$| = 1;
my @children;
for my $n (1 .. 20) {
  my $pid = fork // die;
  if (!$pid) { select(undef, undef, undef, 0.001 * (20 - $n)); POSIX::_exit($n) }
  push @children, $pid;
}
print join(" ", map { waitpid($_, 0); $? >> 8 } @children), "\n";
my $reaped = 0;
$SIG{CHLD} = sub { while ((my $pid = waitpid(-1, WNOHANG)) > 0) { $reaped++ } };
for (1 .. 10) { my $pid = fork // die; POSIX::_exit(0) unless $pid }
select(undef, undef, undef, 0.01) while $reaped < 10;
print "reaped $reaped\n";
$SIG{CHLD} = "DEFAULT";
pipe(my $in, my $out);
if (!fork) { close $in; print $out "line $_\n" for 1 .. 1000; close $out; exit 0 }
close $out;
my $count = 0; $count++ while <$in>;
print "$count lines\n"; wait;
my $text = `echo backquoted; exit 5`;
print $text, $? >> 8, "\n";
open(my $sort, "|-", "sort") or die; print $sort "$_\n" for qw(c a b); close $sort;
eval { local $SIG{ALRM} = sub { die "alarm\n" }; alarm 1; select(undef, undef, undef, 30); }; print $@;
my $pid = open3(my $w, my $r, undef, "cat"); print $w "through cat\n"; close $w; print <$r>; waitpid($pid, 0);
my $victim = fork // die;
if (!$victim) { kill STOP => $$; sleep 100 }
waitpid($victim, WUNTRACED); print "stopped by ", WSTOPSIG(${^CHILD_ERROR_NATIVE}), "\n";
kill CONT => $victim; kill TERM => $victim; waitpid($victim, 0); print "signal ", $? & 127, "\n";
system("kill -QUIT \$\$"); print "signal ", $? & 127, "\n";
exec "sh", "-c", "echo exec; exit 11";
PL
}
run() { exec perl work.pl; }
"$1"

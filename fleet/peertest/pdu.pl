# The objects of a switched PDU with one outlet, for snmpd's pass_persist (snmpd.conf(5)). Its folder holds what it is (pdu),
# the outlet's state (state) and the commands that it took (told).
use strict;
use warnings;
$| = 1;
my ($folder) = @ARGV;

sub slurp { open(my $f, '<', "$folder/$_[0]") or die $!; local $/; my $text = <$f>; return defined $text ? $text : '' }
my %is = map { /^([a-z-]+)=(.*)$/ ? ($1, $2) : () } split(/\n/, slurp('pdu'));

# value is the type and the value of an object; nothing where there is none.
sub value {
  my ($oid) = @_;
  my $state = slurp('state') + 0;
  return ('string', $is{text}) if $oid eq $is{name};
  return ('integer', $state) if $oid eq $is{state};
  return ('integer', $state == $is{on} ? $is{'switch-on'} : $is{'switch-off'}) if $oid eq $is{command};
  return ();
}

# put takes a new state in one piece: others read it meanwhile.
sub put {
  open(my $f, '>', "$folder/state.new") or die $!;
  print $f "$_[0]\n";
  close($f) or die $!;
  rename("$folder/state.new", "$folder/state") or die $!;
}

sub set {
  my ($oid, $type, $number) = @_;
  return 'not-writable' if $oid ne $is{command};
  return 'wrong-type' if $type ne 'integer';
  my $to = $number == $is{'switch-on'} ? $is{on} : $number == $is{'switch-off'} ? $is{off} : undef;
  return 'wrong-value' unless defined $to;
  open(my $f, '>>', "$folder/told") or die $!;
  print $f "$number\n";
  close($f) or die $!;
  put($to);
  return 'DONE';
}

while (defined(my $line = <STDIN>)) {
  chomp $line;
  next if $line eq ''; # snmpd sends an empty line after each set
  if ($line eq 'PING') { print "PONG\n"; next }
  chomp(my $oid = <STDIN>);
  if ($line eq 'set') {
    chomp(my $what = <STDIN>);
    print set($oid, split(/ /, $what, 2)), "\n";
    next;
  }
  if ($line eq 'getnext') {
    ($oid) = grep { index($_, "$oid.") == 0 } @is{qw(name state command)};
  }
  my @got = defined $oid ? value($oid) : ();
  print @got ? join("\n", $oid, @got) : 'NONE', "\n";
}

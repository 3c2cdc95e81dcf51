package peertest

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// A RequestTracker has a queue Datacentre with the custom field FaultKey, the user nightrounds and the technician ann,
// each with a token.
type RequestTracker struct {
	URL, Token, Technician string
}

const rtConfig = `Set($rtname, 'nightrounds-test'); Set($Organization, 'test.example');
Set($WebDomain, '127.0.0.1'); Set($WebPort, PORT); Set($WebBaseURL, 'http://127.0.0.1:PORT'); Set($WebPath, '');
Set($DatabaseType, 'SQLite'); Set($DatabaseName, 'DIR/rt.db');
Set($MailCommand, 'testfile'); Set($LogToSyslog, undef); Set($LogToSTDERR, 'error'); Set($LogToFile, undef);
Set($MasonDataDir, 'DIR/mason'); Set($MasonSessionDir, 'DIR/session');
1;
`

const rtData = `@Queues = ({ Name => 'Datacentre', Description => 'robot findings' });
@CustomFields = ({ Name => 'FaultKey', Type => 'FreeformSingle', LookupType => 'RT::Queue-RT::Ticket', ApplyTo => ['Datacentre'] });
@Users = map { { Name => $_, EmailAddress => "$_\@test.example", Privileged => 1, Password => 'robot-pass-1' } } qw(nightrounds ann);
@ACL = map { my $u = $_; ((map { { UserId => $u, Queue => 'Datacentre', Right => $_ } } qw(SeeQueue ShowTicket ShowTicketComments CreateTicket
  CommentOnTicket ReplyToTicket ModifyTicket OwnTicket SeeCustomField ModifyCustomField SetInitialCustomField)),
  { UserId => $u, Right => 'ManageAuthTokens' }) } qw(nightrounds ann);
1;
`

// rtFill fills the new database and makes the tokens, in one program: loading Request Tracker is most of its time.
const rtFill = `use strict; use lib '/usr/share/request-tracker5/lib'; use RT; RT::LoadConfig(); RT::Init(); require RT::AuthToken;
my ($filled, $why) = RT->DatabaseHandle->InsertData('DIR/data.pl', undef, disconnect_after => 0); die $why unless $filled;
for my $name (qw(nightrounds ann)) {
  my $u = RT::User->new(RT->SystemUser); $u->Load($name); die "no $name" unless $u->Id;
  my ($ok, $msg, $s) = RT::AuthToken->new(RT->SystemUser)->Create(Owner => $u->Id, Description => 'test'); die $msg unless $ok; print "$s\n";
}
`

var tokenPattern = regexp.MustCompile(`(?m)^1-[0-9]+-[0-9a-f]{32}$`)

// one holds Request Trackers back from each other: their start takes all of a small machine.
var one sync.Mutex

// NewRequestTracker makes one and starts it.
func NewRequestTracker(t *testing.T) *RequestTracker {
	t.Helper()
	const setup = "/usr/sbin/rt-setup-database-5"
	server := wanted(t, "request-tracker5", "/usr/share/request-tracker5/libexec/rt-server")
	one.Lock()
	defer one.Unlock()
	dir, port := t.TempDir(), freePort(t)
	fill := strings.NewReplacer("PORT", fmt.Sprint(port), "DIR", dir)
	for name, text := range map[string]string{"site.pm": rtConfig, "data.pl": rtData, "fill.pl": rtFill, "password": "root-pass-1\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(fill.Replace(text)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"d", "mason", "session"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	env := []string{"RT_SITE_CONFIG=" + filepath.Join(dir, "site.pm"), "RT_SITE_CONFIG_DIR=" + filepath.Join(dir, "d")}
	run(t, env, setup, "--action", "init", "--root-password-file", filepath.Join(dir, "password"))
	tokens := tokenPattern.FindAllString(run(t, env, "perl", filepath.Join(dir, "fill.pl")), -1)
	if len(tokens) != 2 {
		t.Fatalf("Request Tracker made %d tokens, want 2", len(tokens))
	}
	rt := &RequestTracker{URL: fmt.Sprintf("http://127.0.0.1:%d", port), Token: tokens[0], Technician: tokens[1]}
	start(t, env, server, "--server", "Starlet", "--max-workers", "2", "--host", "127.0.0.1", "--port", fmt.Sprint(port))
	until(t, rt.URL+"/REST/2.0/rt", "Authorization", "token "+rt.Token)
	return rt
}

// Ask asks Request Tracker as a user.
func (rt *RequestTracker) Ask(t *testing.T, token, method, path, body string) string {
	t.Helper()
	return ask(t, method, rt.URL+"/REST/2.0"+path, "token "+token, body)
}

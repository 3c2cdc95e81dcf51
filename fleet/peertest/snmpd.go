package peertest

import (
	_ "embed"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gosnmp/gosnmp"

	"github.com/nightrounds/nightrounds/fleet/machine/snmptest"
)

//go:embed pdu.pl
var pduProgram []byte

// The credentials of the agent: its community of version 2c, and its user of version 3 with SHA-256 and AES (authPriv).
const (
	Community = "hush-hush"
	User      = "watch"
	Password  = "long-enough-1"
)

// An Agent is Debian's snmpd, with a switched PDU behind it.
type Agent struct {
	Address string // host:port
	t       *testing.T
	folder  string
}

// NewAgent starts one: the PDU's objects are served by a program that snmpd runs (pass_persist, snmpd.conf(5)), all else by
// snmpd itself. More are lines of its configuration.
func NewAgent(t *testing.T, o snmptest.Outlet, more ...string) *Agent {
	t.Helper()
	program := wanted(t, "snmpd", "snmpd", "/usr/sbin/snmpd")
	o = o.Filled()
	a := &Agent{Address: freeUDP(t), t: t, folder: t.TempDir()}
	index := "." + o.Index
	rights := "rwuser"
	community := "rwcommunity"
	if o.Refuse {
		rights, community = "rouser", "rocommunity"
	}
	lines := append([]string{
		community + " " + Community + " 127.0.0.1", rights + " " + User + " authpriv",
		"createUser " + User + " SHA-256 " + Password + " AES " + Password, "sysobjectid " + o.Maker + ".1.3",
	}, more...)
	script := filepath.Join(a.folder, "pdu.pl")
	for _, column := range []string{o.Table.Name, o.Table.State, o.Table.Command} {
		lines = append(lines, fmt.Sprintf("pass_persist %s /usr/bin/perl %s %s", column, script, a.folder))
	}
	known := []string{
		"name=" + o.Table.Name + index, "state=" + o.Table.State + index, "command=" + o.Table.Command + index, "text=" + o.Name,
		fmt.Sprintf("on=%d", o.Table.On), fmt.Sprintf("off=%d", o.Table.Off), fmt.Sprintf("switch-on=%d", o.Table.SwitchOn), fmt.Sprintf("switch-off=%d", o.Table.SwitchOff),
	}
	for name, text := range map[string]string{
		"pdu.pl": string(pduProgram), "pdu": strings.Join(known, "\n") + "\n", "state": strconv.FormatInt(o.State, 10) + "\n", "told": "",
		"snmpd.conf": strings.Join(lines, "\n") + "\n",
	} {
		if err := os.WriteFile(filepath.Join(a.folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	start(t, []string{"SNMP_PERSISTENT_DIR=" + a.folder, "SNMPCONFPATH=" + a.folder}, program,
		"-f", "-Lo", "-C", "-c", filepath.Join(a.folder, "snmpd.conf"), "-p", filepath.Join(a.folder, "pid"), "udp:"+a.Address)
	ready(t, a.Address, func() error { return a.answers(o.Table.State + index) })
	return a
}

// answers asks the agent for one object.
func (a *Agent) answers(oid string) error {
	host, port, err := net.SplitHostPort(a.Address)
	if err != nil {
		return err
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return err
	}
	c := &gosnmp.GoSNMP{Target: host, Port: uint16(n), Version: gosnmp.Version2c, Community: Community, Timeout: time.Second}
	if err := c.Connect(); err != nil {
		return err
	}
	defer c.Close()
	p, err := c.Get([]string{oid})
	if err == nil && (len(p.Variables) != 1 || p.Variables[0].Type != gosnmp.Integer) {
		err = fmt.Errorf("no number at %s: %+v", oid, p.Variables)
	}
	return err
}

// State is the outlet's, as the PDU has it.
func (a *Agent) State() int64 { return a.numbers("state")[0] }

// Told are the commands that it took.
func (a *Agent) Told() []int64 { return a.numbers("told") }

func (a *Agent) numbers(file string) []int64 {
	a.t.Helper()
	text, err := os.ReadFile(filepath.Join(a.folder, file))
	if err != nil {
		a.t.Fatal(err)
	}
	var out []int64
	for _, word := range strings.Fields(string(text)) {
		n, err := strconv.ParseInt(word, 10, 64)
		if err != nil {
			a.t.Fatalf("%s: %v", file, err)
		}
		out = append(out, n)
	}
	return out
}

// freeUDP is a port that nobody listens on.
func freeUDP(t *testing.T) string {
	t.Helper()
	c, err := (&net.ListenConfig{}).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return c.LocalAddr().String()
}

package fleet_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/journal"
	"github.com/nightrounds/nightrounds/fleet/machine/snmptest"
	"github.com/nightrounds/nightrounds/fleet/peertest"
	"github.com/nightrounds/nightrounds/fleet/ticket"
	"github.com/nightrounds/nightrounds/fleet/ticket/sinks"
	"github.com/nightrounds/nightrounds/fleet/wire"
)

// pictures are evidence in memory; the visual one comes late.
type pictures struct {
	mu   sync.Mutex
	kept map[string][]byte
}

func (p *pictures) Has(_ context.Context, sha string) (bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.kept[sha] != nil, nil
}

func (p *pictures) Put(_ context.Context, sha, _ string, b []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.kept[sha] = b
	return nil
}

func (p *pictures) read(_ context.Context, sha string) ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if b := p.kept[sha]; b != nil {
		return b, nil
	}
	return nil, fmt.Errorf("picture %s is not here", sha)
}

func evidenceOf(kind, content string) (wire.EvidenceRef, []byte) {
	b := []byte("\x89PNG\r\n\x1a\n" + content)
	sum := sha256.Sum256(b)
	return wire.EvidenceRef{SHA256: hex.EncodeToString(sum[:]), Kind: kind, MediaType: "image/png", Bytes: len(b)}, b
}

// peers makes a desk whose tickets go to the sinks of the files.
func peers(t *testing.T, files map[string]string, env map[string]string) (*desk, *pictures) {
	t.Helper()
	folder := fstest.MapFS{}
	for name, text := range files {
		folder["sinks/"+name+".yaml"] = &fstest.MapFile{Data: []byte(text)}
	}
	all, err := sinks.Load(folder, sinks.Options{Lookup: func(name string) (string, bool) { v, ok := env[name]; return v, ok }})
	if err != nil {
		t.Fatal(err)
	}
	d := newDesk(t)
	d.patience = 2 * time.Minute
	d.sinks, d.pictures = all, &pictures{kept: map[string][]byte{}}
	return d, d.pictures
}

// ask is Request Tracker's answer, decoded.
func asked[T any](t *testing.T, rt *peertest.RequestTracker, path string) (out T) {
	t.Helper()
	if err := json.Unmarshal([]byte(rt.Ask(t, rt.Token, "GET", path, "")), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestARealRequestTrackerHoldsOneTicket runs a fault through a real Request Tracker: one ticket with both pictures; what a
// technician writes there is in the fault's story; closed there, a robot looks again; the look closes it for good.
func TestARealRequestTrackerHoldsOneTicket(t *testing.T) {
	t.Parallel()
	rt := peertest.NewRequestTracker(t)
	d, kept := peers(t, map[string]string{
		"rt": "kind: request-tracker\nurl: " + rt.URL + "\ncredentials: {token: {env: RT_TOKEN}}\nsettings: {queue: Datacentre}\npoll: 5s\n",
	}, map[string]string{"RT_TOKEN": rt.Token})
	d.open(":memory:", "")
	defer func() { d.stop() }()
	defer func() {
		if t.Failed() {
			t.Logf("problems %v, known there %+v, story\n%s", d.ticket().Problems, d.ticket().Sinks, storyText(d.fault()))
		}
	}()
	visual, visualBytes := evidenceOf("visual", "a rack")
	thermal, thermalBytes := evidenceOf("thermal", "a warm rack")
	_ = kept.Put(t.Context(), thermal.SHA256, "", thermalBytes)
	for seq := range uint64(2) {
		o := look(seq+1, seq, "a", "amber", d.now())
		if seq == 0 {
			o.Evidence = []wire.EvidenceRef{visual, thermal}
		}
		d.hear(o)
	}
	d.state(fault.Escalated)
	d.until("the ticket is in Request Tracker", func() bool { return d.ticket().Delivered["rt"] > 0 })
	_ = kept.Put(t.Context(), visual.SHA256, "", visualBytes)
	d.until("both pictures are", func() bool { return len(d.ticket().Sinks["rt"].Attached) == 2 })
	id := d.ticket().Sinks["rt"].Remote
	d.until("the end of what happened there is known", func() bool { return d.cursorOf("rt") })

	rt.Ask(t, rt.Technician, "POST", "/ticket/"+id+"/comment", `{"Content":"ordered a disk, bay 4","ContentType":"text/plain"}`)
	d.until("the comment is in the story", func() bool { return strings.Contains(storyText(d.fault()), "ann says in rt: ordered a disk, bay 4") })
	rt.Ask(t, rt.Technician, "PUT", "/ticket/"+id, `{"Status":"resolved"}`)
	d.state(fault.Verifying)
	d.hear(look(3, 0, d.verification(), "green", d.now()))
	d.state(fault.Resolved)
	d.until("the closed ticket is delivered", func() bool { tk := d.ticket(); return tk.State == ticket.Closed && tk.Delivered["rt"] == tk.Revision })

	all := asked[struct {
		Items []struct{ Status string }
	}](t, rt, "/tickets?query=Queue='Datacentre'&fields=Status")
	if len(all.Items) != 1 || all.Items[0].Status != "resolved" {
		t.Errorf("Request Tracker holds %+v, want one resolved ticket", all.Items)
	}
	files := asked[struct {
		Items []struct{ Filename string }
	}](t, rt, "/ticket/"+id+"/attachments?fields=Filename&per_page=100")
	var names []string
	for _, f := range files.Items {
		if f.Filename != "" {
			names = append(names, f.Filename)
		}
	}
	if len(names) != 2 {
		t.Errorf("the ticket has the pictures %v", names)
	}
	if n := strings.Count(storyText(d.fault()), "says in rt"); n != 1 {
		t.Errorf("%d comments were heard, want the technician's only:\n%s", n, storyText(d.fault()))
	}
}

// TestARealAlertmanagerShowsTheAlertAndItsResolution does so with a real one, which tells its own receivers of both;
// a silence that somebody puts on it is in the fault's story.
func TestARealAlertmanagerShowsTheAlertAndItsResolution(t *testing.T) {
	t.Parallel()
	am := peertest.NewAlertmanager(t)
	d, _ := peers(t, map[string]string{"am": "kind: alertmanager\nurl: " + am.URL + "\npoll: 5s\n"}, nil)
	d.open(":memory:", "")
	defer func() { d.stop() }()
	d.hear(look(1, 0, "a", "amber", d.now()))
	d.hear(look(2, 1, "a", "amber", d.now()))
	d.state(fault.Escalated)
	d.until("the alert is shown", func() bool { return d.ticket().Delivered["am"] > 0 })
	said := func(want string) {
		t.Helper()
		select {
		case got := <-am.Told:
			if got != want {
				t.Errorf("Alertmanager's receiver heard %q, want %q", got, want)
			}
		case <-time.After(time.Minute):
			t.Errorf("Alertmanager's receiver never heard %q", want)
		}
	}
	said("firing")
	lift := am.Silence(t, "ann", "ordered a disk", "fault_id", "F-0001")
	d.until("the silence is in the story", func() bool {
		text := storyText(d.fault())
		return strings.Contains(text, "ann took the ticket in am: silenced until") && strings.Contains(text, "ordered a disk")
	})
	lift()
	if _, err := d.c.Verify(t.Context(), "F-0001", "ann"); err != nil {
		t.Fatal(err)
	}
	d.hear(look(3, 0, d.verification(), "green", d.now()))
	d.state(fault.Resolved)
	d.until("its end is delivered", func() bool { tk := d.ticket(); return tk.State == ticket.Closed && tk.Delivered["am"] == tk.Revision })
	said("resolved")
}

// TestARealMailServerGetsOneThread mails a fault to a real server: first with both pictures, then that it is over, in one thread.
func TestARealMailServerGetsOneThread(t *testing.T) {
	t.Parallel()
	server := peertest.NewMailServer(t)
	d, kept := peers(t, map[string]string{
		"mail": "kind: e-mail\nurl: smtp://" + server.Addr + "\nsettings: {from: nightrounds@site.example, to: noc@site.example, tls: never}\n",
	}, nil)
	d.open(":memory:", "")
	defer func() { d.stop() }()
	var refs []wire.EvidenceRef
	for kind, content := range map[string]string{"visual": "a rack", "thermal": "a warm rack"} {
		ref, b := evidenceOf(kind, content)
		_ = kept.Put(t.Context(), ref.SHA256, "", b)
		refs = append(refs, ref)
	}
	for seq := range uint64(2) {
		o := look(seq+1, seq, "a", "amber", d.now())
		if seq == 0 {
			o.Evidence = refs
		}
		d.hear(o)
	}
	d.state(fault.Escalated)
	d.until("it is mailed", func() bool { return d.ticket().Delivered["mail"] > 0 })
	if _, err := d.c.Verify(t.Context(), "F-0001", "ann"); err != nil {
		t.Fatal(err)
	}
	d.hear(look(3, 0, d.verification(), "green", d.now()))
	d.state(fault.Resolved)
	d.until("its end is mailed", func() bool { k := d.ticket(); return k.State == ticket.Closed && k.Delivered["mail"] == k.Revision })

	threads, ids, subjects, pictures := map[string]bool{}, map[string]bool{}, "", 0
	mails := server.Got(t)
	for _, m := range mails {
		if to := m.Header.Get("To"); !strings.Contains(to, "noc@site.example") || m.Header.Get("Auto-Submitted") != "auto-generated" {
			t.Errorf("a mail to %q, header %v", to, m.Header)
		}
		threads[m.Header.Get("In-Reply-To")], ids[m.Header.Get("Message-Id")] = true, true
		subjects += m.Header.Get("Subject") + "\n"
		text, err := io.ReadAll(m.Body)
		if err != nil {
			t.Fatal(err)
		}
		pictures += strings.Count(string(text), "Content-Type: image/png")
	}
	if len(mails) < 2 || len(ids) != len(mails) || len(threads) != 1 || threads[""] {
		t.Errorf("%d mails with the ids %v, in the threads %v", len(mails), ids, threads)
	}
	if strings.Count(subjects, "[T-0001] CLOSED") != 1 || pictures != 2*len(mails) {
		t.Errorf("%d pictures came with the mails\n%s", pictures, subjects)
	}
}

func TestARealAgentBehindARunbook(t *testing.T) {
	t.Parallel()
	for name, run := range map[string]func(*testing.T, string, string, switched){brokenDisk + " psu1": cyclesTheOutlet, "A02-srv-19 psu1": leavesTheOutlet} {
		agent := peertest.NewAgent(t, snmptest.Outlet{Table: rPDU2(t), Index: "5", Name: name})
		run(t, agent.Address, peertest.Community, agent)
	}
}

func storyText(f fault.Fault) string {
	var b strings.Builder
	for _, e := range f.Timeline {
		b.WriteString(e.What + "\n")
	}
	return b.String()
}

func (d *desk) ticket() ticket.Ticket {
	d.t.Helper()
	all, err := d.c.Tickets(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	if len(all) != 1 {
		return ticket.Ticket{}
	}
	return all[0]
}

// cursorOf says whether it is known up to where a sink was heard.
func (d *desk) cursorOf(sink string) bool {
	return d.journal.holds(`"sink":"` + sink + `","cursor":"`)
}

// holds says whether a record of the journal has the text in it.
func (m *memory) holds(text string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.ContainsFunc(m.recs, func(r journal.Record) bool { return strings.Contains(string(r.Data), text) })
}

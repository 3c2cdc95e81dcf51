package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// A month is one stream of the journal, as it was when looked up.
type month struct {
	stream      jetstream.Stream
	name        string // JOURNAL_{site}_{yyyymm}
	subject     string // j.{site}.{yyyymm}, before .r and .fence
	first, last uint64
	sealed      bool
}

func (m month) records() string { return m.subject + ".r" }

// fence is the subject of the leaders' fence records. Each append names the last one's sequence, so that what a stale leader
// sends after a new one has fenced is refused, whenever it arrives.
func (m month) fence() string { return m.subject + ".fence" }

// yyyymm is the last part of the stream's name; names of one site sort by it.
func (m month) yyyymm() string { return m.name[len(m.name)-6:] }

func monthOf(t time.Time) string { return t.UTC().Format("200601") }

// beforeAll is the month of an empty journal: a stream of fences only, so that the first leaders have something to fence.
const beforeAll = "000000"

// A fenceRecord says who leads from here on, or that the month is over and its stream about to be sealed.
type fenceRecord struct {
	Holder string `json:"holder"`
	Next   string `json:"next,omitempty"` // the month that follows this one; set in a month's last entry only
}

// months are the journal's streams, oldest first.
func (j *Journal) months(ctx context.Context) ([]month, error) {
	list := j.js.StreamNames(ctx, jetstream.WithStreamListSubject("j."+j.site+".>"))
	pattern := regexp.MustCompile("^" + regexp.QuoteMeta("JOURNAL_"+j.site+"_") + `\d{6}$`)
	var names []string
	for n := range list.Name() {
		if pattern.MatchString(n) {
			names = append(names, n)
		}
	}
	if err := list.Err(); err != nil && !errors.Is(err, jetstream.ErrEndOfData) {
		return nil, fmt.Errorf("list streams: %w", err)
	}
	slices.Sort(names)
	months := make([]month, 0, len(names))
	for _, n := range names {
		m, err := j.month(ctx, n)
		if err != nil {
			return nil, err
		}
		months = append(months, m)
	}
	return months, nil
}

func (j *Journal) month(ctx context.Context, name string) (month, error) {
	s, err := j.js.Stream(ctx, name)
	if err != nil {
		return month{}, fmt.Errorf("look up stream %s: %w", name, err)
	}
	i := s.CachedInfo()
	return month{
		stream: s, name: name, subject: "j." + j.site + "." + name[strings.LastIndexByte(name, '_')+1:],
		first: i.State.FirstSeq, last: i.State.LastSeq, sealed: i.Config.Sealed,
	}, nil
}

// seal makes a month's stream read-only for ever and returns its final state.
func (j *Journal) seal(ctx context.Context, m month) (month, error) {
	if !m.sealed {
		c := j.streamConfig(m.yyyymm(), 0)
		c.FirstSeq = m.stream.CachedInfo().Config.FirstSeq
		c.Sealed = true
		if _, err := j.js.UpdateStream(ctx, c); err != nil && !isSealed(err) {
			return m, fmt.Errorf("seal %s: %w", m.name, err)
		}
	}
	return j.month(ctx, m.name)
}

// begin makes the stream of a month, the first record of which gets the number firstSeq, or finds it made.
func (j *Journal) begin(ctx context.Context, yyyymm string, firstSeq uint64) (month, error) {
	c := j.streamConfig(yyyymm, firstSeq)
	_, err := j.js.CreateStream(ctx, c)
	if err != nil && !errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
		return month{}, fmt.Errorf("begin %s: %w", c.Name, err)
	}
	return j.month(ctx, c.Name)
}

func (j *Journal) streamConfig(yyyymm string, firstSeq uint64) jetstream.StreamConfig {
	subject := "j." + j.site + "." + yyyymm
	return jetstream.StreamConfig{
		Name:        "JOURNAL_" + j.site + "_" + yyyymm,
		Description: "Nightrounds journal of site " + j.site,
		Subjects:    []string{subject + ".r", subject + ".fence"},
		Storage:     jetstream.FileStorage,
		Retention:   jetstream.LimitsPolicy,
		Discard:     jetstream.DiscardNew,
		Replicas:    j.replicas,
		FirstSeq:    firstSeq,
		DenyDelete:  true,
		DenyPurge:   true,
		Duplicates:  time.Second, // a restart scans this window
	}
}

// lastFence is the newest fence record of a month; seq 0 when there is none.
func (j *Journal) lastFence(ctx context.Context, m month) (f fenceRecord, seq uint64, err error) {
	msg, err := m.stream.GetLastMsgForSubject(ctx, m.fence())
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return f, 0, nil
	}
	if err != nil {
		return f, 0, fmt.Errorf("read the fence of %s: %w", m.name, err)
	}
	if err := json.Unmarshal(msg.Data, &f); err != nil {
		return f, 0, fmt.Errorf("read the fence of %s: record %d: %w", m.name, msg.Sequence, err)
	}
	return f, msg.Sequence, nil
}

// setFence writes a fence record if the newest one is still number expect. errFenced says that it is not.
func (j *Journal) setFence(ctx context.Context, m month, f fenceRecord, expect uint64) (seq uint64, err error) {
	b, err := json.Marshal(f)
	if err != nil {
		return 0, err
	}
	ack, err := j.js.PublishMsg(ctx, &nats.Msg{Subject: m.fence(), Data: b},
		jetstream.WithExpectStream(m.name), jetstream.WithExpectLastSequencePerSubject(expect))
	switch {
	case isWrongSequence(err) || isSealed(err):
		return 0, errFenced
	case err != nil:
		return 0, fmt.Errorf("fence %s: %w", m.name, err)
	}
	return ack.Sequence, nil
}

// errFenced says that another leader has fenced since the fence was read.
var errFenced = errors.New("another leader has fenced")

func hasCode(err error, codes ...jetstream.ErrorCode) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) && slices.Contains(codes, api.ErrorCode)
}

func isWrongSequence(err error) bool {
	return hasCode(err, jetstream.JSErrCodeStreamWrongLastSequence, jetstream.JSErrCodeStreamWrongLastSequenceConstant)
}

// isSealed knows JSStreamSealedErr, for which the client has no name.
func isSealed(err error) bool { return hasCode(err, 10109) }

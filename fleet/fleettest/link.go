package fleettest

import (
	"math/rand/v2"
	"time"
)

// A Link carries messages one way, in order, losing some and delaying all: MQTT at QoS 0 over a bad radio.
type Link[T any] struct {
	rng   *rand.Rand
	loss  float64
	delay time.Duration
	queue []inFlight[T]
}

type inFlight[T any] struct {
	at time.Time
	m  T
}

// NewLink loses a share of the messages (0..1) and delays each by up to delay.
func NewLink[T any](loss float64, delay time.Duration, seed uint64) *Link[T] {
	return &Link[T]{rng: rand.New(rand.NewPCG(seed, 0x6c696e6b)), loss: loss, delay: delay}
}

// Send puts a message on the way.
func (l *Link[T]) Send(m T, now time.Time) {
	if l.rng.Float64() < l.loss {
		return
	}
	at := now.Add(time.Duration(l.rng.Float64() * float64(l.delay)))
	if n := len(l.queue); n > 0 && at.Before(l.queue[n-1].at) {
		at = l.queue[n-1].at
	}
	l.queue = append(l.queue, inFlight[T]{at, m})
}

// NextEventAt is when the next message arrives; ok is false when none is on the way.
func (l *Link[T]) NextEventAt() (at time.Time, ok bool) {
	if len(l.queue) == 0 {
		return time.Time{}, false
	}
	return l.queue[0].at, true
}

// Arrived takes the messages that have arrived by now.
func (l *Link[T]) Arrived(now time.Time) []T {
	var out []T
	for len(l.queue) > 0 && !l.queue[0].at.After(now) {
		out = append(out, l.queue[0].m)
		l.queue = l.queue[1:]
	}
	return out
}

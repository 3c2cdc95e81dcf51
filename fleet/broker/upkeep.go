package broker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/nats-io/nats.go/jetstream"
)

// retainedStream is where nats-server keeps retained messages; after each crash one consumer of it is left behind.
const retainedStream = "$MQTT_rmsgs"

// removeOrphans deletes the consumers of retained messages that nobody listens to any more.
func (b *Broker) removeOrphans(ctx context.Context) error {
	nc, err := b.Conn()
	if err != nil {
		return err
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		return err
	}
	st, err := js.Stream(ctx, retainedStream)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look up %s: %w", retainedStream, err)
	}
	list := st.ListConsumers(ctx)
	for ci := range list.Info() {
		if ci.PushBound {
			continue
		}
		if err := st.DeleteConsumer(ctx, ci.Name); err != nil && !errors.Is(err, jetstream.ErrConsumerNotFound) {
			return fmt.Errorf("delete consumer %s: %w", ci.Name, err)
		}
	}
	return list.Err()
}

// serverLog writes nats-server's log to slog. Its notices are of interest only to those who look for them.
type serverLog struct {
	log   *slog.Logger
	fatal chan<- string // the first reason why the server cannot start
}

func (l serverLog) Noticef(format string, v ...any) {
	l.log.Debug("nats: " + fmt.Sprintf(format, v...))
}

func (l serverLog) Warnf(format string, v ...any) { l.log.Warn("nats: " + fmt.Sprintf(format, v...)) }

func (l serverLog) Errorf(format string, v ...any) { l.log.Error("nats: " + fmt.Sprintf(format, v...)) }

func (l serverLog) Fatalf(format string, v ...any) {
	select {
	case l.fatal <- fmt.Sprintf(format, v...):
	default:
	}
}

func (l serverLog) Debugf(format string, v ...any) { l.Noticef(format, v...) }

func (l serverLog) Tracef(format string, v ...any) { l.Noticef(format, v...) }

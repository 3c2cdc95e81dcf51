package journal

import "context"

// AppendUnanswered is an Append whose first attempt is written and whose answer is lost.
func (l *Leadership) AppendUnanswered(ctx context.Context, r Record) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	bodies, err := encode([]Record{r})
	if err != nil {
		return err
	}
	before := l.last
	if err := l.publish(ctx, "unanswered", bodies[0]); err != nil {
		return err
	}
	l.last = before
	return l.appendOne(ctx, "unanswered", bodies[0])
}

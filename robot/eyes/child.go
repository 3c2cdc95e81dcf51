package eyes

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os/exec"
)

// errDied says that the child's stdout ended before an answer came.
var errDied = errors.New("vision process died")

// child is one running vision process. Its two goroutines end with it.
type child struct {
	cmd   *exec.Cmd
	in    io.WriteCloser
	lines chan []byte
	quit  chan struct{}
	done  chan struct{} // closed when the process has been waited for
	state string        // how it ended; read after done
}

func startChild(command []string, log *slog.Logger) (*child, error) {
	cmd := exec.Command(command[0], command[1:]...) //nolint:gosec // the agent's own binary
	cmd.Stderr = &logWriter{log: log}
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start the vision process: %w", err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start the vision process: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the vision process: %w", err)
	}
	c := &child{cmd: cmd, in: in, lines: make(chan []byte), quit: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(c.done)
		readLines(bufio.NewReaderSize(out, 1<<16), c.lines, c.quit)
		_ = cmd.Process.Kill() // its stdout has ended or is not to be read on: it is of no more use
		_ = cmd.Wait()
		c.state = cmd.ProcessState.String()
	}()
	return c, nil
}

// ask writes a line and waits for the next. A child that takes its input too slowly is given up with ctx as well.
func (c *child) ask(ctx context.Context, line []byte) ([]byte, error) {
	written := make(chan error, 1)
	go func() { // ends at the latest when end() closes the pipe
		_, err := c.in.Write(line)
		written <- err
	}()
	for {
		select {
		case err := <-written:
			if err != nil {
				return nil, fmt.Errorf("%w: %w", errDied, err)
			}
			written = nil
		case answer, ok := <-c.lines:
			if !ok {
				return nil, errDied
			}
			return answer, nil
		case <-ctx.Done():
			return nil, fmt.Errorf("wait for the vision process: %w", ctx.Err())
		}
	}
}

func (c *child) alive() bool {
	select {
	case <-c.done:
		return false
	default:
		return true
	}
}

// end kills the child, waits for it and says how it ended.
func (c *child) end() string {
	_ = c.cmd.Process.Kill()
	_ = c.in.Close()
	close(c.quit)
	<-c.done
	return c.state
}

// logWriter logs what the child says, line by line.
type logWriter struct {
	log  *slog.Logger
	rest []byte
}

// Write never fails.
func (w *logWriter) Write(p []byte) (int, error) {
	w.rest = append(w.rest, p...)
	for {
		i := bytes.IndexByte(w.rest, '\n')
		if i < 0 {
			if len(w.rest) > 1<<16 {
				w.rest = nil
			}
			return len(p), nil
		}
		w.log.Info("vision", "said", string(w.rest[:i]))
		w.rest = w.rest[i+1:]
	}
}

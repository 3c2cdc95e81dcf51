package look

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/nightrounds/nightrounds/vision"
)

// maxRequest bounds one line: a request with a large thermal frame is below 1 MB.
const maxRequest = 32 << 20

// Serve reads one vision.LookRequest per line from r and writes one vision.LookResult per line to w, in order, until r
// ends or ctx is done; ctx is looked at between requests, for a read from a pipe ends only with the pipe. A request that
// cannot be read, or a look that fails, has a result with its Error set, and the next one is served.
func Serve(ctx context.Context, r io.Reader, w io.Writer) error {
	in := bufio.NewScanner(r)
	in.Buffer(make([]byte, 64<<10), maxRequest)
	out := json.NewEncoder(w)
	for ctx.Err() == nil && in.Scan() {
		if len(bytes.TrimSpace(in.Bytes())) == 0 {
			continue
		}
		if err := out.Encode(answer(in.Bytes())); err != nil {
			return fmt.Errorf("answer look: %w", err)
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := in.Err(); err != nil {
		return fmt.Errorf("read look request: %w", err)
	}
	return nil
}

// answer does one request. A panic in it would be a mistake of ours; it costs the look, not the process.
func answer(line []byte) (res vision.LookResult) {
	var req vision.LookRequest
	defer func() {
		if p := recover(); p != nil {
			res = vision.LookResult{ID: req.ID, Error: fmt.Sprintf("look: panic: %v", p)}
		}
	}()
	if err := json.Unmarshal(line, &req); err != nil {
		return vision.LookResult{ID: req.ID, Error: "read look request: " + err.Error()}
	}
	res, err := Look(req)
	if err != nil {
		return vision.LookResult{ID: req.ID, Error: err.Error()}
	}
	return res
}

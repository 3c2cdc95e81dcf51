package visionbench

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/nightrounds/nightrounds/robot/sim/gallery"
	"github.com/nightrounds/nightrounds/vision"
)

// processes runs the rows that need processes of their own: odd looks, and speed.
func (o Options) processes(ctx context.Context, r *Report) error {
	command := []string{o.Program, "vision"}
	if o.Crashes > 0 {
		c, err := RunCrashes(ctx, CrashOptions{
			Seed: o.Seed, Looks: o.Crashes, Command: command, Scratch: o.Scratch,
			Progress: func(done, all int) { o.tell("odd looks", done, all) },
		})
		if err != nil {
			return err
		}
		r.Results = append(r.Results, c.row())
	}
	if o.Speed {
		return o.speed(ctx, r, command)
	}
	return nil
}

// speed times looks at one rendered burst.
func (o Options) speed(ctx context.Context, r *Report, command []string) error {
	req, err := o.film()
	if err != nil {
		return err
	}
	o.tell("speed", 0, 1)
	s, err := RunSpeed(ctx, SpeedOptions{Request: req, Command: command, Soak: o.Soak, Scratch: o.Scratch})
	if err != nil {
		return err
	}
	o.tell("speed", 1, 1)
	frames := len(req.Times)
	r.Results = append(r.Results, s.rows(float64(3*req.Width*req.Height*frames))...)
	return nil
}

// film renders one burst of 4 s at 30 frames a second, 1080 x 1920 px, into a file, and says what a look at it is asked.
func (o Options) film() (vision.LookRequest, error) {
	g, err := gallery.New(gallery.Options{Seed: o.Seed, Hard: o.Hard})
	if err != nil {
		return vision.LookRequest{}, err
	}
	for i := range 200 {
		p, err := g.Rack(i)
		if err != nil {
			return vision.LookRequest{}, err
		}
		if p.View.ToU-p.View.FromU < 24 {
			continue
		}
		s, err := p.Shoot(gallery.Ask{})
		if err != nil {
			return vision.LookRequest{}, err
		}
		if s.Width != 1080 || len(s.Lights) < 60 {
			s.Close()
			continue
		}
		defer s.Close()
		return o.develop(p, s)
	}
	return vision.LookRequest{}, errors.New("bench vision: no rack of the seed has a view to time")
}

func (o Options) develop(p *gallery.Place, s *gallery.Shot) (vision.LookRequest, error) {
	v := &visit{place: p}
	var err error
	if v.target, err = vision.TargetOfRack(p.Rack, p.View); err != nil {
		return vision.LookRequest{}, err
	}
	req := request(v, s, nil)
	req.EvidenceDir = o.Scratch
	req.FramesPath, req.BracketPath = filepath.Join(o.Scratch, "timed.bgr"), filepath.Join(o.Scratch, "timed-bracket.bgr")
	out, err := os.Create(req.FramesPath)
	if err != nil {
		return req, fmt.Errorf("bench vision: %w", err)
	}
	w := bufio.NewWriterSize(out, 1<<20)
	for i := range s.Times {
		if _, err = w.Write(s.Frame(i)); err != nil {
			break
		}
	}
	if err = errors.Join(err, w.Flush(), out.Close()); err != nil {
		return req, fmt.Errorf("bench vision: render a burst: %w", err)
	}
	return req, os.WriteFile(req.BracketPath, s.Bracket(), 0o600)
}

package main

import (
	"context"
	"io"
	"os"

	"github.com/nightrounds/nightrounds/vision/look"
)

// visionCmd is the agent's child: OpenCV may abort it.
type visionCmd struct{}

// Run serves until stdin ends. A Ctrl-C at the terminal goes to the whole group; the child leaves it to the agent.
func (visionCmd) Run(in io.Reader, c *console) error {
	return look.Serve(context.Background(), in, c.out)
}

// visionCommand starts this very binary as the child.
func visionCommand() ([]string, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return []string{exe, "vision"}, nil
}

package visionbench

import "context"

// processes runs the rows that need processes of their own.
func (o Options) processes(context.Context, *Report) error { return nil }

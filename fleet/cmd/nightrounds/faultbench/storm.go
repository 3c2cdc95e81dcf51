package faultbench

import (
	"context"

	"github.com/nightrounds/nightrounds/fleet/wire/bench"
)

func storm(context.Context, Options) ([]bench.Row, []string, error) { return nil, nil, nil }

package faultbench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/nightrounds/nightrounds/fleet/remedy/nights"
	"github.com/nightrounds/nightrounds/fleet/wire/bench"
)

// How many random incident nights are played to the guards.
const (
	guardNights      = 10000
	smallGuardNights = 300
)

// unsafe plays random incident nights to the guards, and counts the steps that the nights' own checker calls unsafe.
func unsafe(ctx context.Context, o Options) ([]bench.Row, []string, error) {
	books, err := nights.Runbooks()
	if err != nil {
		return nil, nil, fmt.Errorf("unsafe steps: %w", err)
	}
	all := guardNights
	if o.Small {
		all = smallGuardNights
	}
	acts, wrong, kinds, refused := 0, 0, map[string]int{}, 0
	var misses []string
	for i := range all {
		if err := ctx.Err(); err != nil {
			return nil, nil, fmt.Errorf("stopped: %w", err)
		}
		r := nights.Play(rand.New(rand.NewPCG(o.Seed, uint64(i)<<8|0x6e)), books, "")
		acts += r.Acts
		wrong += len(r.Unsafe)
		for _, n := range r.Refused {
			refused += n
		}
		for k, n := range r.Kinds {
			kinds[k] += n
		}
		for _, u := range r.Unsafe {
			if len(misses) < keptMisses {
				misses = append(misses, fmt.Sprintf("unsafe step in night %d: %s", i, u))
			}
		}
		o.Progress("unsafe steps", i+1, all)
	}
	row := bench.Row{
		Name: "remedy.unsafe_steps", Unit: "1", Value: float64(wrong), Low: float64(wrong), High: float64(wrong), N: all,
		Note: fmt.Sprintf("%d nights, %d steps carried out, %d refusals; %s", all, acts, refused, kindsText(kinds)),
	}
	return []bench.Row{row.AtMost(0)}, misses, nil
}

func kindsText(kinds map[string]int) string {
	parts := make([]string, 0, len(kinds))
	for k, n := range kinds {
		parts = append(parts, fmt.Sprintf("%s %d", strings.TrimSpace(k), n))
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}

package fleet

import "slices"

// measured is what can be measured again and again, so that the last few of it tell what is usual.
type measured interface{ ~int64 | ~float64 }

// latest is some measures with one more, and the oldest gone of more than so many.
func latest[T measured](all []T, v T, most int) []T {
	return append(slices.Clone(all[max(0, len(all)-most+1):]), v)
}

// median is the middle of some measures; ok is false when they are fewer than least.
func median[T measured](all []T, least int) (v T, ok bool) {
	if len(all) < least {
		return 0, false
	}
	all = slices.Sorted(slices.Values(all))
	return (all[(len(all)-1)/2] + all[len(all)/2]) / 2, true
}

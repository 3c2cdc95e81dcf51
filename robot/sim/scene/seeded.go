package scene

import "hash/fnv"

// chance is a number of [0, 1) that the seed and the names fix for ever: what a factory, an installer or a load
// happened to do there.
func chance(seed uint64, names ...string) float64 {
	return float64(mix(seed, names...)>>11) / (1 << 53)
}

// spread is a number of [-limit, limit) that the seed and the names fix for ever.
func spread(limit float64, seed uint64, names ...string) float64 {
	return limit * (2*chance(seed, names...) - 1)
}

// mix hashes the seed and the names to 64 even bits.
func mix(seed uint64, names ...string) uint64 {
	h := fnv.New64a()
	for _, n := range names {
		_, _ = h.Write([]byte(n)) // a hash never fails
		_, _ = h.Write([]byte{0})
	}
	return scramble(h.Sum64() ^ seed*0x9e3779b97f4a7c15)
}

// scramble is the finalizer of splitmix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
func scramble(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

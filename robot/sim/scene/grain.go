package scene

import "math"

// gamma is the camera's power law from linear light to its 8-bit values.
const gamma = 2.2

// linearOne is 1.0 of linear light, where a channel clips, in the scale of the tables.
const linearOne = 4096

// noiseSigma is the sensor's noise in 8-bit values, the same in all frames and places.
const noiseSigma = 1.7

// A grain holds the sensor: its response both ways and its noise.
type grain struct {
	toLinear [256]float32
	toByte   [linearOne + 1]uint8
	noise    []int8 // a ring of noiseRing values, its beginning once more at its end
}

const (
	noiseRing = 1 << 17
	noiseTail = 1 << 16
)

func newGrain(seed uint64) *grain {
	g := &grain{noise: make([]int8, noiseRing+noiseTail)}
	for i := range g.toLinear {
		g.toLinear[i] = float32(linearOne * math.Pow(float64(i)/255, gamma))
	}
	for i := range g.toByte {
		g.toByte[i] = uint8(255*math.Pow(float64(i)/linearOne, 1/gamma) + 0.5)
	}
	for i := range noiseRing {
		r := scramble(seed + uint64(i+1)*0x9e3779b97f4a7c15)
		sum := int(r&0xff) + int(r>>8&0xff) + int(r>>16&0xff) + int(r>>24&0xff) - 510 // sigma 147.8, nearly normal
		g.noise[i] = int8(math.Round(float64(sum) * noiseSigma / 147.8))
	}
	copy(g.noise[noiseRing:], g.noise)
	return g
}

// encode is the 8-bit value of linear light, clipped.
func (g *grain) encode(linear float32) uint8 {
	return g.toByte[min(max(int32(linear), 0), linearOne)]
}

// linear is the light of a pixel's three bytes.
func (g *grain) linear(px []byte) [3]float32 {
	return [3]float32{g.toLinear[px[0]], g.toLinear[px[1]], g.toLinear[px[2]]}
}

// stretch is n values of noise from a place of the ring; a long stretch is made for it.
func (g *grain) stretch(start uint64, n int) []int8 {
	i := int(start % noiseRing)
	if i+n <= len(g.noise) {
		return g.noise[i : i+n]
	}
	long := make([]int8, 0, n+noiseRing)
	for long = append(long, g.noise[i:noiseRing]...); len(long) < n; {
		long = append(long, g.noise[:noiseRing]...)
	}
	return long[:n]
}

// addTo adds noise to a frame's bytes, from an own place of the ring.
func (g *grain) addTo(frame []byte, start uint64) {
	for len(frame) > 0 {
		part := frame[:min(len(frame), noiseTail)]
		noise := g.stretch(start, len(part))
		for i := range part {
			part[i] = noisy(part[i], noise[i])
		}
		frame = frame[len(part):]
		start += noiseTail
	}
}

package register

import (
	"math"

	"github.com/nightrounds/nightrounds/vision/burst"
	"github.com/nightrounds/nightrounds/vision/ortho"
)

// How patches of the reference are looked for in the straightened frame.
const (
	patchPx   = 16  // half the side of a patch, px of the reference
	patchStep = 48  // from one to the next
	patchLike = 0.6 // the least correlation
	patchEdge = 12  // grey levels: the least deviation within a patch, each way of its slopes
)

// patchMoves is how far a patch is looked for, px, round by round.
var patchMoves = [...]int{8, 3} //nolint:gochecknoglobals // a constant table

// patches pairs the middles of small patches of the reference with the pixels that show them, found where the fit says
// within move px, to a fraction of a pixel.
func (f Fit) patches(frame burst.Frame, ref ortho.Picture, move int) []pair {
	w, h := float64(ref.Width)*ref.ScaleM, float64(ref.Height)*ref.ScaleM
	seen := ortho.Rectify(frame, f, ref.LeftM, ref.TopM, w, h, ref.ScaleM)
	if seen.Width != ref.Width || seen.Height != ref.Height {
		return nil
	}
	a, b := sampler{ref.Gray()}, sampler{seen.Gray()}
	var pairs []pair
	rim := patchPx + move + 1
	for y := rim; y < ref.Height-rim; y += patchStep {
		for x := rim; x < ref.Width-rim; x += patchStep {
			if !whole(ref, x, y, patchPx) || !whole(seen, x, y, rim) || !a.cornered(x, y) {
				continue
			}
			dx, dy, ok := a.follow(b, x, y, move)
			if !ok {
				continue
			}
			px, py := ref.Point(x, y)
			// What lies at (x, y) in the reference lies (dx, dy) off in the frame as straightened by this fit.
			u, v, ok := f.FaceToPixel(px+dx*ref.ScaleM, py-dy*ref.ScaleM)
			if ok {
				pairs = append(pairs, pair{x: px, y: py, u: u, v: v})
			}
		}
	}
	return pairs
}

// whole says whether the corners of a square around (x, y) were seen.
func whole(p ortho.Picture, x, y, r int) bool {
	for _, d := range [...][2]int{{-r, -r}, {r, -r}, {-r, r}, {r, r}, {0, 0}} {
		if p.Seen[(y+d[1])*p.Width+x+d[0]] == 0 {
			return false
		}
	}
	return true
}

// cornered says whether a patch has slopes both ways, so that it can slide neither way unnoticed.
func (s sampler) cornered(x, y int) bool {
	var xx, yy, xy float64
	for v := y - patchPx; v <= y+patchPx; v += 2 {
		for u := x - patchPx; u <= x+patchPx; u += 2 {
			i := v*s.Stride + u
			gx, gy := float64(s.Pix[i+1])-float64(s.Pix[i-1]), float64(s.Pix[i+s.Stride])-float64(s.Pix[i-s.Stride])
			xx, yy, xy = xx+gx*gx, yy+gy*gy, xy+gx*gy
		}
	}
	const n = (patchPx + 1) * (patchPx + 1)
	least := (xx+yy)/2 - math.Sqrt((xx-yy)*(xx-yy)/4+xy*xy) // the smaller eigenvalue
	return least > patchEdge*patchEdge/4*n/4
}

// follow finds where b shows the patch of s around (x, y): the best correlation within move px, and between pixels by
// parabolas.
func (s sampler) follow(b sampler, x, y, move int) (dx, dy float64, ok bool) {
	side := 2*move + 1
	score := make([]float64, side*side)
	bi, bk, best := 0, 0, math.Inf(-1)
	for k := range side {
		for i := range side {
			c := s.patchMatch(b, x, y, i-move, k-move)
			if score[k*side+i] = c; c > best {
				bi, bk, best = i, k, c
			}
		}
	}
	if best < patchLike || bi == 0 || bk == 0 || bi == side-1 || bk == side-1 {
		return 0, 0, false
	}
	at := bk*side + bi
	return float64(bi-move) + vertex(score[at-1], best, score[at+1]),
		float64(bk-move) + vertex(score[at-side], best, score[at+side]), true
}

// vertex is where the parabola through three values at -1, 0, 1 is highest.
func vertex(l, m, r float64) float64 {
	if d := l - 2*m + r; d < 0 {
		return max(-0.5, min(0.5, (l-r)/(2*d)))
	}
	return 0
}

// patchMatch is the correlation of every other pixel of two patches.
func (s sampler) patchMatch(b sampler, x, y, dx, dy int) float64 {
	var n, sa, sb, saa, sbb, sab int
	for v := y - patchPx; v <= y+patchPx; v += 2 {
		ra, rb := s.Pix[v*s.Stride+x-patchPx:], b.Pix[(v+dy)*b.Stride+x+dx-patchPx:]
		for i := 0; i <= 2*patchPx; i += 2 {
			p, q := int(ra[i]), int(rb[i])
			n, sa, sb, saa, sbb, sab = n+1, sa+p, sb+q, saa+p*p, sbb+q*q, sab+p*q
		}
	}
	va, vb := n*saa-sa*sa, n*sbb-sb*sb
	if va <= n*n || vb <= n*n {
		return -1
	}
	return float64(n*sab-sa*sb) / math.Sqrt(float64(va)*float64(vb))
}

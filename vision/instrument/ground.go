package instrument

// unframe blots out the ink that hangs together with the picture's border, no deeper than so many px: the display's frame
// and what is printed beside it. Digits stand free.
func (p plane) unframe(depth int) {
	const inked = 0.55
	var todo []int
	visit := func(x, y int) {
		if x < 0 || y < 0 || x >= p.w || y >= p.h || x >= depth && x < p.w-depth && y >= depth && y < p.h-depth {
			return
		}
		if i := y*p.w + x; p.v[i] > inked {
			p.v[i] = 0
			todo = append(todo, i)
		}
	}
	for x := range p.w {
		visit(x, 0)
		visit(x, p.h-1)
	}
	for y := range p.h {
		visit(0, y)
		visit(p.w-1, y)
	}
	for len(todo) > 0 {
		i := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		x, y := i%p.w, i/p.w
		visit(x-1, y)
		visit(x+1, y)
		visit(x, y-1)
		visit(x, y+1)
	}
}

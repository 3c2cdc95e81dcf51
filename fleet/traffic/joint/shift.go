package joint

import "slices"

// A shifter carries out what holes has found, robot by robot.
type shifter struct {
	h    *holes
	on   []int32 // robot by node
	ways []Way
	turn int64
}

// shift returns the ways on which the one robot that is sent comes along the stands that lead to the last.
func (p *Problem) shift(last *stand) []Way {
	s := &shifter{h: &holes{g: p.Graph, parts: map[int32]*parts{}}, on: make([]int32, p.Graph.Size()), ways: make([]Way, len(p.Robots))}
	for i := range s.on {
		s.on[i] = None
	}
	for i, r := range p.Robots {
		s.on[r.Start], s.ways[i] = int32(i), Way{{r.Start, 0}}
	}
	var stands []*stand
	for n := last; n != nil; n = n.from {
		stands = append(stands, n)
	}
	slices.Reverse(stands)
	for k := 1; k < len(stands); k++ {
		s.clear(stands[k-1].at, stands[k])
		s.move(stands[k-1].at, stands[k].at)
	}
	return Retime(p.Graph, s.ways, nil)
}

// clear brings the free nodes around the robot's next node to where the next stand has them, that node among them.
func (s *shifter) clear(u int32, next *stand) {
	v := next.at
	here, there := s.h.around(u), s.h.around(v)
	want := slices.Clone(next.free)
	behind := there.of[u]
	want[behind]-- // u itself
	for n, c := range here.of {
		if c != None && c != here.of[v] && s.on[n] == None {
			want[behind]--
		}
	}
	for {
		have := make([]int32, len(want))
		for n, d := range there.of {
			if d != None && int32(n) != u && here.of[n] == here.of[v] && s.on[n] == None {
				have[d]++
			}
		}
		inside := func(d int) func(int32) bool {
			return func(n int32) bool { return n != u && here.of[n] == here.of[v] && there.of[n] == int32(d) }
		}
		if s.on[v] != None {
			d := surplus(have, want)
			if d < 0 {
				return
			}
			s.push(s.path(v, inside(d), func(n int32) bool { return s.on[n] == None }))
			continue
		}
		d := surplus(want, have)
		if d < 0 {
			return
		}
		s.pull(s.path(v, inside(d), func(n int32) bool { return s.on[n] != None }))
	}
}

// surplus is the first part of which one has more than the other; -1 when there is none.
func surplus(a, b []int32) int {
	for d := range a {
		if a[d] > b[d] {
			return d
		}
	}
	return -1
}

// path is the shortest way from a node over nodes that are inside to one that a rule asks for.
func (s *shifter) path(from int32, inside, found func(int32) bool) []int32 {
	before, line := map[int32]int32{from: None}, []int32{from}
	for ; len(line) > 0; line = line[1:] {
		u := line[0]
		if u != from && found(u) {
			var way []int32
			for n := u; n != None; n = before[n] {
				way = append(way, n)
			}
			slices.Reverse(way)
			return way
		}
		for _, v := range s.h.g.out[u] {
			if _, met := before[v]; !met && inside(v) {
				before[v] = u
				line = append(line, v)
			}
		}
	}
	return nil
}

// push moves the robots on a path on by one node each, the last into the free end.
func (s *shifter) push(path []int32) {
	for k := len(path) - 2; k >= 0; k-- {
		s.move(path[k], path[k+1])
	}
}

// pull moves the robot at the end of a path to its beginning.
func (s *shifter) pull(path []int32) {
	for k := len(path) - 1; k > 0; k-- {
		s.move(path[k], path[k-1])
	}
}

func (s *shifter) move(from, to int32) {
	i := s.on[from]
	s.on[from], s.on[to] = None, i
	s.turn++
	s.ways[i] = append(s.ways[i], Visit{to, s.turn})
}

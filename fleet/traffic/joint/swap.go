package joint

// swapPartner returns the robot with which robot i must exchange places to come nearer to its goal, when that can be done
// farther on, at a node with a third way out: then i goes away from its goal and draws the partner after it. The rule
// sees two cases: the partner stands where i wants to go, or it stands behind i and waits for i to clear the way.
// After Okumura (IJCAI 2023), section "Swap", and the published code of LaCAM3.
func (s *stepper) swapPartner(i, best int32) int32 {
	at := s.now[i]
	if best == at {
		return None
	}
	if j := s.before(i, best, None); j != None && s.next[j] == None && s.swapNeeded(i, j, at, best) && s.swapPossible(best, at) {
		return j
	}
	for _, u := range s.g.out[at] {
		k := s.before(i, u, best)
		if k == None || u == best {
			continue
		}
		if s.swapNeeded(k, i, at, best) && s.swapPossible(best, at) {
			return k
		}
	}
	return None
}

// swapNeeded reports whether a pusher at one node and a puller at the next can both come to their goals only if they
// exchange places: it walks on along the lane in front of the puller for as long as there is only one way on.
func (s *stepper) swapNeeded(pusher, puller, pusherAt, pullerAt int32) bool {
	push, pull := s.fields[pusher], s.fields[puller]
	for steps := 0; push.to(pullerAt) < push.to(pusherAt) && steps < len(s.standing); steps++ {
		ways, on := s.waysOn(pullerAt, pusherAt)
		if ways >= 2 {
			return false
		}
		if ways == 0 {
			break
		}
		pusherAt, pullerAt = pullerAt, on
	}
	return pull.to(pusherAt) < pull.to(pullerAt) && (push.to(pusherAt) == 0 || push.to(pullerAt) < push.to(pusherAt))
}

// swapPossible reports whether the lane in front of a puller leads to a node with two more ways, before it comes back.
func (s *stepper) swapPossible(pusherAt, pullerAt int32) bool {
	start := pusherAt
	for steps := 0; steps < len(s.standing); steps++ {
		ways, on := s.waysOn(pullerAt, pusherAt)
		if ways >= 2 {
			return true
		}
		if ways == 0 || on == start {
			return false
		}
		pusherAt, pullerAt = pullerAt, on
	}
	return false
}

// waysOn counts the ways that lead on from a node when one has come from another; dead ends in which a robot stands at its
// goal are none. It returns the last of them.
func (s *stepper) waysOn(node, from int32) (ways int, on int32) {
	on = None
	for _, u := range s.g.out[node] {
		if u == from {
			continue
		}
		if j := s.standing[u]; j != None && len(s.g.out[u]) == 1 && s.robots[j].Goal == u && !s.robots[j].Free {
			continue
		}
		ways, on = ways+1, u
	}
	return ways, on
}

package maps

import "slices"

// An index finds a site's things by ID.
type index struct {
	halls      map[string]*Hall
	racks      map[string]*Rack
	devices    map[string]*Device
	viewpoints []Viewpoint
	byID       map[string]int // viewpoints
}

func newIndex(s *Site) *index {
	x := &index{halls: map[string]*Hall{}, racks: map[string]*Rack{}, devices: map[string]*Device{}}
	for _, h := range s.Halls {
		x.halls[h.ID] = h
	}
	for _, r := range s.Racks() {
		x.racks[r.ID] = r
		for _, d := range r.Devices {
			x.devices[d.ID] = d
		}
	}
	return x
}

// look takes in the viewpoints.
func (x *index) look(views []Viewpoint) {
	x.viewpoints, x.byID = views, make(map[string]int, len(views))
	for i, v := range views {
		x.byID[v.ID] = i
	}
}

// indexed returns the index that Load made, or a new one for a site that was put together by hand.
func (s *Site) indexed() *index {
	if s.index != nil {
		return s.index
	}
	return newIndex(s)
}

// Hall returns the hall of that ID.
func (s *Site) Hall(id string) (*Hall, bool) { h, ok := s.indexed().halls[id]; return h, ok }

// Rack returns the rack of that ID.
func (s *Site) Rack(id string) (*Rack, bool) { r, ok := s.indexed().racks[id]; return r, ok }

// Device returns the device of that ID.
func (s *Site) Device(id string) (*Device, bool) { d, ok := s.indexed().devices[id]; return d, ok }

// Racks returns all racks, hall by hall and row by row as site.yaml has them.
func (s *Site) Racks() []*Rack {
	var racks []*Rack
	for _, h := range s.Halls {
		racks = append(racks, h.Racks()...)
	}
	return racks
}

// Racks returns the hall's racks, row by row.
func (h *Hall) Racks() []*Rack {
	var racks []*Rack
	for _, row := range h.Rows {
		racks = append(racks, row.Racks...)
	}
	return racks
}

// Viewpoints returns all viewpoints: rack by rack, front before rear, lowest first. The slice belongs to the site.
func (s *Site) Viewpoints() []Viewpoint {
	if s.index != nil {
		return s.index.viewpoints
	}
	return s.viewpoints()
}

// ViewpointsOf returns the viewpoints of one hall, in the order of Viewpoints.
func (s *Site) ViewpointsOf(hall string) []Viewpoint {
	return slices.DeleteFunc(slices.Clone(s.Viewpoints()), func(v Viewpoint) bool { return v.Hall != hall })
}

// Viewpoint returns the viewpoint of that ID.
func (s *Site) Viewpoint(id string) (Viewpoint, bool) {
	if s.index != nil {
		i, ok := s.index.byID[id]
		if !ok {
			return Viewpoint{}, false
		}
		return s.index.viewpoints[i], true
	}
	for _, v := range s.Viewpoints() {
		if v.ID == id {
			return v, true
		}
	}
	return Viewpoint{}, false
}

package fleet

import (
	"cmp"
	"slices"

	"github.com/nightrounds/nightrounds/fleet/fault"
)

// A faultIndex finds faults by their key, their rack and the fault whose symptoms they are: in a storm there are thousands.
type faultIndex struct {
	keys, racks, kids map[string][]string // ids in order
}

func newFaultIndex(faults map[string]fault.Fault) *faultIndex {
	x := &faultIndex{keys: map[string][]string{}, racks: map[string][]string{}, kids: map[string][]string{}}
	for _, f := range sorted(faults) {
		x.put(fault.Fault{}, f)
	}
	return x
}

// put takes a fault in as it is now, in place of what it was; the zero fault when it is new.
func (x *faultIndex) put(old, f fault.Fault) {
	move(x.keys, old.Key, f.Key, f.ID)
	move(x.racks, rackKey(old), rackKey(f), f.ID)
	move(x.kids, old.Parent, f.Parent, f.ID)
}

// noRack is where the index has faults that are at no rack, as those of cooling units and feeds are.
const noRack = "\x00"

// rackKey is where the index has a fault; the zero fault is nowhere.
func rackKey(f fault.Fault) string {
	if f.ID == "" {
		return ""
	}
	return cmp.Or(f.Rack, noRack)
}

func move(m map[string][]string, from, to, id string) {
	if from == to {
		return
	}
	if i, ok := slices.BinarySearch(m[from], id); ok && from != "" {
		m[from] = slices.Delete(m[from], i, i+1)
	}
	if i, ok := slices.BinarySearch(m[to], id); !ok && to != "" {
		m[to] = slices.Insert(m[to], i, id)
	}
}

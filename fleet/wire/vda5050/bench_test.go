package vda5050

import (
	"fmt"
	"testing"
	"time"
)

// A controller of 2,000 robots reads 2,000 states of this size a second.
func BenchmarkUnmarshalState(b *testing.B) {
	s := State{Header: Header{Timestamp: At(time.Unix(0, 0)), Version: Version, Manufacturer: "m", SerialNumber: "s"},
		OperatingMode: ModeAutomatic, SafetyState: SafetyState{ActiveEmergencyStop: EStopNone}}
	for i := range 8 {
		s.NodeStates = append(s.NodeStates, NodeState{NodeID: fmt.Sprint("node", i), SequenceID: uint32(2 * i), NodePosition: &NodeStatePosition{MapID: "hall-1"}})
		s.EdgeStates = append(s.EdgeStates, EdgeState{EdgeID: fmt.Sprint("edge", i), SequenceID: uint32(2*i + 1)})
	}
	data, err := Marshal(&s)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if err := Unmarshal(data, new(State)); err != nil {
			b.Fatal(err)
		}
	}
}

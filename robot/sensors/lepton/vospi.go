package lepton

import "encoding/binary"

// The packets of VoSPI; engineering datasheet, chapter 9.
const (
	packetBytes    = 164 // ID, checksum, 160 bytes of payload
	headerBytes    = 4
	payloadBytes   = packetBytes - headerBytes
	packetsSegment = 61 // with telemetry
	segments       = 4
	numberedPacket = 20 // carries the segment's number
	telemetryRows  = 4  // packets at the picture's beginning
)

// A progress says what became of a packet.
type progress int

const (
	idle   progress = iota // a filler, or of a segment that is a repeat
	taken                  // part of a segment
	whole                  // the last of a picture
	broken                 // damaged or unexpected
)

// An assembler puts packets together to one picture with its telemetry.
type assembler struct {
	raw     [segments * packetsSegment * payloadBytes]byte
	segment int // that is awaited, 0..3
	packet  int // that is awaited in it
	number  int // of the segment under way, as its packet 20 said; 0 before
}

// reset forgets what has come.
func (a *assembler) reset() { a.segment, a.packet, a.number = 0, 0, 0 }

// add takes a packet of packetBytes.
func (a *assembler) add(p []byte) progress {
	id := binary.BigEndian.Uint16(p)
	if id&0x0F00 == 0x0F00 { // a filler: the camera has nothing yet
		a.packet = 0
		return idle
	}
	n := int(id & 0x0FFF)
	if n >= packetsSegment || checksum(p) != binary.BigEndian.Uint16(p[2:]) {
		a.packet = 0
		return broken
	}
	if n != a.packet {
		a.packet = 0
		if n != 0 {
			return broken
		}
	}
	if n == 0 {
		a.number = 0
	}
	if n == numberedPacket {
		a.number = int(id>>12) & 7
	}
	copy(a.raw[(a.segment*packetsSegment+n)*payloadBytes:], p[headerBytes:])
	a.packet++
	if a.packet < packetsSegment {
		return taken
	}
	return a.complete()
}

// complete ends a segment: the awaited one is kept; the first of a picture starts over; any other, or a repeat, is dropped.
func (a *assembler) complete() progress {
	a.packet = 0
	const size = packetsSegment * payloadBytes
	switch a.number {
	case 0:
		return idle
	case a.segment + 1:
		if a.segment++; a.segment == segments {
			a.segment = 0
			return whole
		}
	case 1:
		copy(a.raw[:size], a.raw[a.segment*size:][:size])
		a.segment = 1
	default:
		a.segment = 0
	}
	return taken
}

// checksum is CRC-16 with polynomial x^16+x^12+x^5+1, from 0, most significant bit first, over the packet with the ID's
// four highest bits and the checksum's place cleared.
func checksum(p []byte) uint16 {
	var crc uint16
	for i, b := range p {
		switch i {
		case 0:
			b &= 0x0F
		case 2, 3:
			b = 0
		}
		crc ^= uint16(b) << 8
		for range 8 {
			if crc&0x8000 != 0 {
				crc = crc<<1 ^ 0x1021
			} else {
				crc <<= 1
			}
		}
	}
	return crc
}

// Words of the telemetry's rows A to C, 80 to a row; engineering datasheet, tables 4 to 6.
const (
	wordStatus     = 3 // two words, the lower first
	wordCount      = 20
	wordCameraT    = 24 // 0.01 K
	wordEmissivity = 99 // times 8192
	wordTLinear    = 208
	wordResolution = 209

	statusAGC      = 1 << 12
	statusFFCShift = 4
	ffcImminent    = 1
	ffcRunning     = 2

	zeroC    = 273.15
	mostGrey = 255 // a picture without a greater value has been made for the eye
)

// word is the i-th word of the picture with its telemetry.
func (a *assembler) word(i int) uint16 { return binary.BigEndian.Uint16(a.raw[2*i:]) }

// long is a number of two words, the lower first.
func (a *assembler) long(i int) uint32 { return uint32(a.word(i)) | uint32(a.word(i+1))<<16 }

// frame takes the picture to temperatures; ok is false when the camera looks at its own shutter.
func (a *assembler) frame(f *Frame) (ok bool, err error) {
	status := a.long(wordStatus)
	if a.word(wordTLinear) != 1 || status&statusAGC != 0 {
		return false, ErrNotRadiometric
	}
	if ffc := status >> statusFFCShift & 3; ffc == ffcRunning || ffc == ffcImminent {
		return false, nil
	}
	step := 0.1
	if a.word(wordResolution) == 1 {
		step = 0.01
	}
	const first = telemetryRows * payloadBytes / 2
	most := uint16(0)
	for i := range f.TempC {
		v := a.word(first + i)
		most = max(most, v)
		f.TempC[i] = float32(float64(v)*step - zeroC)
	}
	if most <= mostGrey {
		return false, ErrNotRadiometric
	}
	f.Emissivity = 1
	if e := float64(a.word(wordEmissivity)) / 8192; e > 0 && e <= 1 {
		f.Emissivity = e
	}
	f.CameraC = float64(a.word(wordCameraT))/100 - zeroC
	f.Count = a.long(wordCount)
	return true, nil
}

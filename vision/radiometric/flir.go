package radiometric

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/png"
	"math"
)

// Limits of what is believed.
const (
	maxPixels  = 16 << 20 // of one thermal picture; the largest sensors have 1.3 M
	maxRecords = 4096
)

// The records of an FFF file that matter.
const (
	recordRaw    = 1
	recordCamera = 0x20
)

// ErrNotRadiometric says that a picture holds no temperatures.
var ErrNotRadiometric = errors.New("no radiometric data in it")

// segments joins the payloads of the FLIR APP1 segments of a JPEG: "FLIR\0", byte 6 the index, byte 7 the last index,
// payload from byte 8.
func segments(jpeg []byte) ([]byte, error) {
	if len(jpeg) < 4 || jpeg[0] != 0xff || jpeg[1] != 0xd8 {
		return nil, errors.New("not a JPEG")
	}
	parts, last := map[int][]byte{}, -1
	for i := 2; i+4 <= len(jpeg) && jpeg[i] == 0xff; {
		marker := jpeg[i+1]
		if marker == 0xff { // a fill byte
			i++
			continue
		}
		if marker == 0xda || marker == 0xd9 { // the picture itself, or its end
			break
		}
		n := int(binary.BigEndian.Uint16(jpeg[i+2:]))
		if n < 2 || i+2+n > len(jpeg) {
			return nil, fmt.Errorf("truncated at byte %d: a segment of %d bytes does not fit", i, n)
		}
		body := jpeg[i+4 : i+2+n]
		if marker == 0xe1 && len(body) > 8 && bytes.HasPrefix(body, []byte("FLIR\x00")) {
			parts[int(body[6])], last = body[8:], max(last, int(body[7]))
		}
		i += 2 + n
	}
	if last < 0 {
		return nil, ErrNotRadiometric
	}
	var fff []byte
	for k := 0; k <= last; k++ {
		p, ok := parts[k]
		if !ok {
			return nil, fmt.Errorf("FLIR segment %d of %d is missing", k, last+1)
		}
		fff = append(fff, p...)
	}
	return fff, nil
}

// records finds the bodies of an FFF's records by type; of two of one type the first counts.
func records(fff []byte) (map[uint16][]byte, error) {
	if len(fff) < 0x40 || !bytes.HasPrefix(fff, []byte("FFF\x00")) {
		return nil, errors.New("FLIR data do not start with an FFF header")
	}
	var order binary.ByteOrder = binary.BigEndian
	if v := order.Uint32(fff[0x14:]); v < 100 || v > 199 {
		order = binary.LittleEndian
		if v := order.Uint32(fff[0x14:]); v < 100 || v > 199 {
			return nil, fmt.Errorf("FFF header has version %d, know 100 to 199", v)
		}
	}
	at, n := int64(order.Uint32(fff[0x18:])), int64(order.Uint32(fff[0x1c:]))
	if n > maxRecords || at+32*n > int64(len(fff)) {
		return nil, fmt.Errorf("FFF directory of %d records at byte %d exceeds the %d bytes", n, at, len(fff))
	}
	found := map[uint16][]byte{}
	for k := range n {
		e := fff[at+32*k:]
		kind := order.Uint16(e)
		from, size := int64(order.Uint32(e[0x0c:])), int64(order.Uint32(e[0x10:]))
		if kind != recordRaw && kind != recordCamera {
			continue
		}
		if from+size > int64(len(fff)) {
			return nil, fmt.Errorf("FFF record of type %d, %d bytes at %d, exceeds the %d bytes", kind, size, from, len(fff))
		}
		if _, twice := found[kind]; !twice {
			found[kind] = fff[from : from+size]
		}
	}
	return found, nil
}

// orderOf reads a record's byte order word, which is 2.
func orderOf(body []byte) (binary.ByteOrder, error) {
	switch {
	case len(body) < 2:
		return nil, errors.New("record is empty")
	case binary.LittleEndian.Uint16(body) == 2:
		return binary.LittleEndian, nil
	case binary.BigEndian.Uint16(body) == 2:
		return binary.BigEndian, nil
	}
	return nil, fmt.Errorf("record's byte order word is % x, want 2", body[:2])
}

// camera reads record 0x20: what the camera assumed of the scene, and its calibration.
func camera(body []byte) (Scene, Sensor, error) {
	order, err := orderOf(body)
	if err != nil {
		return Scene{}, Sensor{}, fmt.Errorf("camera info: %w", err)
	}
	if len(body) < 0x310 {
		return Scene{}, Sensor{}, fmt.Errorf("camera info has %d bytes, want at least %d", len(body), 0x310)
	}
	f := func(at int) float64 { return float64(math.Float32frombits(order.Uint32(body[at:]))) }
	c := Scene{
		Emissivity: f(0x20), DistanceM: f(0x24), ReflectedC: f(0x28) - zeroC, AtmosphereC: f(0x2c) - zeroC,
		WindowC: f(0x30) - zeroC, WindowTransmission: f(0x34), Humidity: f(0x3c),
	}
	if c.Humidity > 2 { // in percent
		c.Humidity /= 100
	}
	s := Sensor{
		R1: f(0x58), B: f(0x5c), F: f(0x60), A1: f(0x70), A2: f(0x74), Beta1: f(0x78), Beta2: f(0x7c), X: f(0x80),
		O: float64(int32(order.Uint32(body[0x308:]))), R2: f(0x30c),
	}
	return c, s, nil
}

// A raw picture is what the sensor counted. swap is set when the byte order is not certain.
type raw struct {
	width, height int
	v             []uint16
	stored        string // TIFF (plain words) or PNG
}

// rawOf reads record 1: byte order word, width, height, pixels from 0x20 as words or as a PNG.
func rawOf(body []byte) (raw, error) {
	order, err := orderOf(body)
	if err != nil {
		return raw{}, fmt.Errorf("raw picture: %w", err)
	}
	if len(body) < 0x24 {
		return raw{}, fmt.Errorf("raw picture has %d bytes", len(body))
	}
	w, h := int(order.Uint16(body[2:])), int(order.Uint16(body[4:]))
	if w < 1 || h < 1 || w*h > maxPixels {
		return raw{}, fmt.Errorf("raw picture of %d x %d px is not possible", w, h)
	}
	if bytes.HasPrefix(body[0x20:], []byte("\x89PNG")) {
		return rawPNG(body[0x20:])
	}
	if len(body) < 0x20+2*w*h {
		return raw{}, fmt.Errorf("raw picture of %d x %d px is truncated: %d of %d bytes", w, h, len(body)-0x20, 2*w*h)
	}
	r := raw{width: w, height: h, v: make([]uint16, w*h), stored: "TIFF"}
	for i := range r.v {
		r.v[i] = order.Uint16(body[0x20+2*i:])
	}
	return r, nil
}

// rawPNG reads the words of a 16-bit grey PNG as PNG orders them.
func rawPNG(b []byte) (raw, error) {
	cfg, err := png.DecodeConfig(bytes.NewReader(b))
	if err != nil {
		return raw{}, fmt.Errorf("raw picture: %w", err)
	}
	if cfg.Width < 1 || cfg.Height < 1 || cfg.Width > maxPixels || cfg.Height > maxPixels || cfg.Width*cfg.Height > maxPixels {
		return raw{}, fmt.Errorf("raw picture of %d x %d px is not possible", cfg.Width, cfg.Height)
	}
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		return raw{}, fmt.Errorf("raw picture: %w", err)
	}
	g, ok := img.(*image.Gray16)
	if !ok {
		return raw{}, fmt.Errorf("raw picture is a PNG of %T, want 16-bit grey", img)
	}
	return raw{width: cfg.Width, height: cfg.Height, v: words(g), stored: "PNG"}, nil
}

// words are a grey picture's values, row by row.
func words(g *image.Gray16) []uint16 {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	v := make([]uint16, w*h)
	for y := range h {
		for x := range w {
			v[y*w+x] = binary.BigEndian.Uint16(g.Pix[y*g.Stride+2*x:])
		}
	}
	return v
}

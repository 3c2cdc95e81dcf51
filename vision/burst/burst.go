// Package burst reads the raw frames of one look: a file of BGR24 frames, one after the other without padding, mapped
// into memory so that only the pages that are looked at are ever read. It decodes no image format.
package burst

import (
	"errors"
	"fmt"
	"image"
	"io"
	"os"
	"syscall"
)

// What a burst may be at most: a picture of 64 Mpx, and 4,096 frames.
const (
	maxPixels = 64 << 20
	maxFrames = 4096
)

// A Source gives the frames of one burst, in any order. A frame holds until the next call.
type Source interface {
	Len() int
	Frame(i int) (Frame, error)
}

// A Burst is an open file of frames. The zero value is empty; Close releases the mapping.
type Burst struct {
	Width, Height, Frames int // px, px, count

	data []byte
	last int // the frame handed out last, -1 when none
}

// Open maps the file at path, which must hold exactly frames frames of width x height px, 3 bytes each.
func Open(path string, width, height, frames int) (*Burst, error) {
	if width < 1 || height < 1 || width*height > maxPixels || width > maxPixels || height > maxPixels {
		return nil, fmt.Errorf("open burst %s: a frame of %d x %d px is not possible", path, width, height)
	}
	if frames < 1 || frames > maxFrames {
		return nil, fmt.Errorf("open burst %s: %d frames, want 1 to %d", path, frames, maxFrames)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open burst: %w", err)
	}
	defer func() { _ = f.Close() }()
	fi, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("open burst: %w", err)
	}
	size := int64(width) * int64(height) * 3 * int64(frames)
	if fi.Size() != size {
		return nil, fmt.Errorf("open burst %s: %d bytes, want %d for %d frames of %d x %d px", path, fi.Size(), size, frames, width, height)
	}
	data, err := syscall.Mmap(int(f.Fd()), 0, int(size), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map burst %s: %w", path, err)
	}
	return &Burst{Width: width, Height: height, Frames: frames, data: data, last: -1}, nil
}

// Close unmaps the file. No slice of a frame may be used after it.
func (b *Burst) Close() error {
	if b.data == nil {
		return nil
	}
	data := b.data
	b.data = nil
	if err := syscall.Munmap(data); err != nil {
		return fmt.Errorf("unmap burst: %w", err)
	}
	return nil
}

// Len is the number of frames.
func (b *Burst) Len() int { return b.Frames }

// Frame is the pixels of frame i, read-only, valid until Close. The pages of the frame that was asked for before it are
// given back to the kernel, which reads them again when they are touched: so a pass over a burst of hundreds of MB holds a
// frame or two in memory.
func (b *Burst) Frame(i int) (Frame, error) {
	if b.data == nil {
		return Frame{}, errors.New("frame of a closed burst")
	}
	if i < 0 || i >= b.Frames {
		return Frame{}, fmt.Errorf("frame %d of %d", i, b.Frames)
	}
	n := b.Width * b.Height * 3
	if b.last >= 0 && b.last != i {
		page := os.Getpagesize()
		if from, to := (b.last*n+page-1)/page*page, (b.last+1)*n/page*page; from < to {
			_ = syscall.Madvise(b.data[from:to], syscall.MADV_DONTNEED) // a kernel that will not costs only memory
		}
	}
	b.last = i
	return Frame{Width: b.Width, Height: b.Height, BGR: b.data[i*n : (i+1)*n : (i+1)*n]}, nil
}

// A Frame is one picture: Height rows of Width pixels, blue, green, red, without padding.
type Frame struct {
	Width, Height int
	BGR           []byte
}

// FromImage copies any picture into a frame.
func FromImage(img image.Image) Frame {
	r := img.Bounds()
	f := Frame{Width: r.Dx(), Height: r.Dy(), BGR: make([]byte, 3*r.Dx()*r.Dy())}
	i := 0
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			cr, cg, cb, _ := img.At(x, y).RGBA()
			f.BGR[i], f.BGR[i+1], f.BGR[i+2] = byte(cb>>8), byte(cg>>8), byte(cr>>8)
			i += 3
		}
	}
	return f
}

// Luma is a pixel's brightness, 0..255 (ITU-R BT.601 in integers); the caller keeps x, y inside.
func (f Frame) Luma(x, y int) int {
	p := f.BGR[3*(y*f.Width+x):]
	return (29*int(p[0]) + 150*int(p[1]) + 77*int(p[2])) >> 8
}

// Gray is the whole frame in grey.
func (f Frame) Gray() *image.Gray {
	g := image.NewGray(image.Rect(0, 0, f.Width, f.Height))
	for i := range g.Pix {
		p := f.BGR[3*i : 3*i+3 : 3*i+3]
		g.Pix[i] = byte((29*int(p[0]) + 150*int(p[1]) + 77*int(p[2])) >> 8)
	}
	return g
}

// YCbCr is the frame as JPEG wants it (4:2:0, JFIF), each 2 x 2 block's colour taken as its mean.
func (f Frame) YCbCr() *image.YCbCr {
	img := image.NewYCbCr(image.Rect(0, 0, f.Width, f.Height), image.YCbCrSubsampleRatio420)
	for y := range f.Height {
		row := f.BGR[3*y*f.Width : 3*(y+1)*f.Width]
		out := img.Y[y*img.YStride:]
		for x := range f.Width {
			out[x] = byte((29*int(row[3*x]) + 150*int(row[3*x+1]) + 77*int(row[3*x+2])) >> 8)
		}
	}
	for y := 0; y < f.Height; y += 2 {
		for x := 0; x < f.Width; x += 2 {
			b, g, r := f.block(x, y)
			i := img.COffset(x, y)
			img.Cb[i] = chroma((128*b - 85*g - 43*r) >> 8)
			img.Cr[i] = chroma((128*r - 107*g - 21*b) >> 8)
		}
	}
	return img
}

// chroma is a signed colour difference as a byte around 128.
func chroma(v int) byte { return byte(max(0, min(255, v+128))) }

// block is the mean colour of up to 2 x 2 pixels.
func (f Frame) block(x, y int) (b, g, r int) {
	n := 0
	for yy := y; yy < min(y+2, f.Height); yy++ {
		for xx := x; xx < min(x+2, f.Width); xx++ {
			p := f.BGR[3*(yy*f.Width+xx):]
			b, g, r, n = b+int(p[0]), g+int(p[1]), r+int(p[2]), n+1
		}
	}
	return b / n, g / n, r / n
}

// Write appends a frame to a burst's file.
func (f Frame) Write(w io.Writer) error {
	if _, err := w.Write(f.BGR); err != nil {
		return fmt.Errorf("write frame: %w", err)
	}
	return nil
}

// Shrink is the frame with each k x k pixels as one, their mean; what is left over at the right and below is dropped.
func (f Frame) Shrink(k int) Frame {
	if k < 2 {
		return f
	}
	out := Frame{Width: f.Width / k, Height: f.Height / k}
	out.BGR = make([]byte, 3*out.Width*out.Height)
	sum := make([]uint32, 3*out.Width)
	// Division by multiplication: exact for sums below 2^20 and areas up to 64 x 64 to within rounding.
	area := uint64(k * k)
	inv := (uint64(1)<<32 + area - 1) / area
	for y := range out.Height {
		clear(sum)
		for dy := range k {
			row := f.BGR[3*(y*k+dy)*f.Width:]
			for x := range out.Width {
				s, px := sum[3*x:3*x+3:3*x+3], row[3*x*k:3*(x+1)*k]
				for len(px) >= 3 {
					s[0] += uint32(px[0])
					s[1] += uint32(px[1])
					s[2] += uint32(px[2])
					px = px[3:]
				}
			}
		}
		dst := out.BGR[3*y*out.Width:]
		for i, s := range sum {
			dst[i] = byte(uint64(s) * inv >> 32)
		}
	}
	return out
}

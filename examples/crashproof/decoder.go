package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"unsafe"
)

// A Document is a picture as somebody sent it.
type Document struct {
	Name string
	Data []byte
}

// A Picture is a document that was decoded.
type Picture struct {
	Name   string
	Width  int
	Height int
	Pixels []byte
}

// The chunks of a document. Each has a length of two bytes, and then its bytes.
const (
	chunkSize   = 'S' // width and height, two bytes each
	chunkRows   = 'R' // pixels
	chunkTile   = 'T' // pixels that are repeated until the picture is full
	chunkPatch  = 'P' // eight bytes of offset and a pixel to put there
	chunkGray   = 'G' // the picture has the palette of the one before
	chunkAbout  = 'A' // who made it
	chunkSealed = 'Z' // must not be opened
)

const magic = "STRIP1"

var errFormat = errors.New("not a strip picture")

// A decoder is what programs have that were written when all documents came from
// friends. It looks at nothing twice, and forgets to free what it used.
type decoder struct {
	kept [][]byte // never read, never freed
}

func (d *decoder) decode(doc Document) (Picture, error) {
	p := Picture{Name: doc.Name}
	data := doc.Data
	if len(data) < len(magic) || string(data[:len(magic)]) != magic {
		return p, fmt.Errorf("%w: it does not begin with %s", errFormat, magic)
	}
	for data = data[len(magic):]; len(data) > 0; {
		kind, size := data[0], int(binary.BigEndian.Uint16(data[1:]))
		d.chunk(&p, kind, data[3:3+size]) // panics if the document was cut
		data = data[3+size:]
	}
	d.kept = append(d.kept, p.Pixels)
	return p, nil
}

func (d *decoder) chunk(p *Picture, kind byte, body []byte) {
	switch kind {
	case chunkSize:
		p.Width, p.Height = int(binary.BigEndian.Uint16(body)), int(binary.BigEndian.Uint16(body[2:]))
	case chunkRows:
		p.Pixels = append(p.Pixels, body...)
	case chunkTile:
		// Never ends with a tile that has no pixels, and grows for ever with one whose
		// pixels do not come out even.
		for len(p.Pixels) != p.Width*p.Height {
			p.Pixels = append(p.Pixels, body...)
		}
	case chunkPatch:
		poke(p.Pixels, binary.BigEndian.Uint64(body), body[8])
	case chunkGray:
		if len(d.kept) > 0 { // the palette is gone: it was freed with its picture
			poke(p.Pixels, 1<<41, 0)
		}
	case chunkAbout:
		// It was a command once, and then somebody made a function of it.
		fmt.Println("strip decoder 1.0, maker of", string(body))
		os.Exit(0)
	case chunkSealed:
		self, _ := os.FindProcess(os.Getpid())
		_ = self.Kill()
		select {}
	}
}

// poke writes a byte as C does, without a look at the bounds. An offset that is far
// too large hits no memory at all: the system sends SIGSEGV, and the runtime, which
// cannot make a panic of it, ends the process.
func poke(pixels []byte, offset uint64, v byte) {
	*(*byte)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(pixels)), offset)) = v
}

package main

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
)

// documents returns what the strangers sent: 300 good pictures and, here and there
// among them, the others.
func documents() []Document {
	var docs []Document
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 300 {
		docs = append(docs, good(i, 1+r.IntN(64), 1+r.IntN(64)))
	}
	others := bad()
	for i, b := range others {
		docs = slices.Insert(docs, (i+1)*len(docs)/(len(others)+1), b)
	}
	return docs
}

// good makes a picture without faults. Each 100th has no palette of its own, which the
// decoder does not survive unless it is the first that a worker gets.
func good(i, width, height int) Document {
	doc := Document{Name: fmt.Sprintf("harbor-%03d", i)}
	var chunks [][]byte
	if i%100 == 99 {
		chunks = append(chunks, chunk(chunkGray))
	}
	chunks = append(chunks, size(width, height), chunk(chunkTile, pixels(i, width)...), chunk(chunkPatch, append(at(uint64(width/2)), 0xFF)...))
	doc.Data = join(chunks...)
	return doc
}

// pixels returns a row of picture i.
func pixels(i, width int) []byte {
	row := make([]byte, width)
	for x := range row {
		row[x] = byte(i + x)
	}
	return row
}

// bad returns a document for each way in which the decoder can be killed, or give up.
func bad() []Document {
	square := size(8, 8)
	docs := []Document{
		{"cut off", join(square, chunk(chunkRows, 1, 2, 3))[:len(magic)+len(square)+4]},
		{"empty tile", join(square, chunk(chunkTile))},
		{"letter", []byte("Dear Sir or Madam,")},
		{"patch far away", join(square, chunk(chunkPatch, append(at(1<<40), 7)...))},
		{"sealed", join(square, chunk(chunkSealed))},
		{"with credits", join(square, chunk(chunkAbout, []byte("somebody")...))},
	}
	if canConfine {
		docs = append(docs, Document{"uneven tile", join(square, chunk(chunkTile, make([]byte, 60_000)...))})
	}
	return docs
}

func join(chunks ...[]byte) []byte {
	return append([]byte(magic), slices.Concat(chunks...)...)
}

func chunk(kind byte, body ...byte) []byte {
	return append(binary.BigEndian.AppendUint16([]byte{kind}, uint16(len(body))), body...)
}

func size(width, height int) []byte {
	b := binary.BigEndian.AppendUint16(nil, uint16(width))
	return chunk(chunkSize, binary.BigEndian.AppendUint16(b, uint16(height))...)
}

func at(offset uint64) []byte { return binary.BigEndian.AppendUint64(nil, offset) }

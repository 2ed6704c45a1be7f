package ztf_test

import (
	"fmt"
	"log"

	"github.com/penstock/penstock/ampel/ztf"
	"github.com/penstock/penstock/ampel/ztf/ztfsim"
)

func ExampleDecoder() {
	survey, err := ztfsim.New(ztfsim.Config{Seed: 1, Supernovae: 3})
	if err != nil {
		log.Fatal(err)
	}
	var packets []*ztf.Packet
	for p := range survey.Packets() {
		if packets = append(packets, p); len(packets) == 2 {
			break
		}
	}
	data, err := ztf.Encode(packets...)
	if err != nil {
		log.Fatal(err)
	}
	d := &ztf.Decoder{}
	for p, err := range d.Decode("two.avro", data) {
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Printf("%s in %v: %.1f mag, fwhm %.1f pixels\n", p.ObjectID, p.Candidate.Band, p.Candidate.Mag, value(p, "fwhm"))
	}
	for _, err := range d.Decode("cut.avro", data[:len(data)-1]) {
		fmt.Println(err)
	}
	// Output:
	// ZTF20dzxprwl in g: 20.4 mag, fwhm 2.2 pixels
	// ZTF20dzxprwl in r: 20.2 mag, fwhm 2.5 pixels
	// ztf: cut.avro: byte 14903: the data end in the middle: copy the file again
}

func value(p *ztf.Packet, field string) float64 {
	f, _ := p.Candidate.Body.Get(field).Float()
	return f
}

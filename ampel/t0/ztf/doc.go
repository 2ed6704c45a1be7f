// Package ztf has the units of T0 for alerts of the Zwicky Transient Facility:
//
//	ZTFShaper     makes datapoints of what a packet brings
//	ZTFMuxer      adds the history of the stock from the database
//	DecentFilter  keeps what looks like a real transient
//
// The datapoints of an alert are the fields candidate and prv_candidates of its
// packet, the candidate first. [StockID] and [Name] turn names such as
// ZTF18abcdefg into ids of stocks and back.
//
// The schema of the packets is described at
// https://zwickytransientfacility.github.io/ztf-avro-alert/.
package ztf

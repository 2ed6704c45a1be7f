// Package complement has the complementers, which add to buffers what others
// know:
//
//	T3ExtJournalAppender   the journal that another Ampel database has
//	T3LogsAppender         what runs have logged about a stock
//	TNSNames, TNSReports   names and reports of a catalogue, by position
//	ZTFCutoutImages        the images of alerts
//	SEDMSpectrumAppender,  what a service knows about a stock by its name
//	FritzReport, GROWTHMarshalReport
//
// Those that ask a service do so through [Service]. [Remote] is the part of their
// configuration that says where it is; busy services are asked again. Where a
// service has another form than the one described at each unit, put a small
// server in front of it, or implement Service.
//
// Buffers keep what is added only in memory.
package complement

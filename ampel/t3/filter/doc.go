// Package filter has T3AmpelBufferFilter, which leaves out buffers by their
// channels and by what is in their lists, and the filters of lists:
//
//	SimpleDictArrayFilter     elements are maps, looked at by key
//	FlatDictArrayFilter       elements are maps, looked at by dotted path
//	PrimitiveTypeArrayFilter  elements are scalars
//
// To skip stocks about which a unit has posted:
//
//	unit: T3AmpelBufferFilter
//	config:
//	  filters:
//	    data: journal
//	    on_match: exclude
//	    filter: {unit: SimpleDictArrayFilter, config: {attribute: unit, operator: ==, value: Poster}}
//
// A list that is not loaded is an error; a stock that is not loaded fulfils no
// condition on channels.
package filter

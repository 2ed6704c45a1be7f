// Package project has the projectors, which make buffers of which parts are gone:
//
//	T3BaseProjector          discards parts, or passes them through field projectors
//	T3ChannelProjector       keeps what belongs to a channel, or to several;
//	                         T3MultiChannelProjector is another name for it
//
// They change no buffer that comes in, unless T3ChannelProjector is told to.
package project

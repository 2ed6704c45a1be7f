// Package remote runs the work of a stage in another process: the registry of
// functions that both sides know, the side of the parent, which is a remote worker to
// the engine, and that of the worker. It speaks the protocol of package wire over
// whatever connection it is given, and knows nothing of how processes are started.
package remote

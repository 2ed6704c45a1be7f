// Package child starts the running program again as a worker process, watches it, and
// makes sure that it ends. What the two say to each other is up to the caller; package
// wire is the protocol for it.
//
//	func main() {
//		child.Serve(work) // does not return in a worker
//		c, err := child.Start(ctx, child.Config{Stage: "Map(f)", Index: 0})
//		...               // write requests to c, read replies from c until io.EOF
//		exit := c.Stop(grace)
//	}
//
// # Connection
//
// Requests and replies have descriptors of their own, 3 and 4, so that prints of user code
// cannot get between them. On Windows, where a process gets no further descriptors, they
// are standard input and output, and os.Stdout is the standard error there. The worker's
// descriptors are closed in the processes that it starts.
//
// # No orphans
//
// A worker ends when its parent does, however that ends:
//
//   - The requests end, on every system: [Conn.Read] then exits the process. It works
//     while user code spins, as long as a goroutine of the worker's own is in Read.
//   - The kernel kills the worker, on Linux: the parent-death signal, SIGKILL. It works
//     before the worker has come to Serve, and if it stands still. The kernel sends it when
//     the thread that started the worker ends, and Go ends threads at will (golang/go#27505);
//     so all workers are started by one goroutine, which keeps its thread while there are
//     any.
//
// A worker leads a process group. On Linux, processes of the group that it leaves behind
// are killed when it has ended and before it is reaped, when the group's number cannot
// belong to another yet; on other Unix systems only [Child.Kill] ends them. They outlive a
// parent that is killed itself. Ctrl-C in a terminal reaches the parent and not the workers.
//
// # Output
//
// What a worker prints goes to its [Output] line by line, with its name before each line.
// The end of its standard error is kept for [Exit].
package child

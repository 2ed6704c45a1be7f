package engine

import (
	"math"
	"sync"
)

// Unlimited is the limit of a queue without one.
const Unlimited = -1

// handToHand is the largest limit at which items go one by one: whoever sets a
// bound that small wants to know where each item is.
const handToHand = 16

// A queue is the bounded buffer in front of a stage.
//
// A producer that finds it full deposits one item and then waits, as the sender
// on a full channel does: that item is what it is handing over. So at most limit
// items wait, plus one for every blocked producer.
//
// Two kinds of items that are elsewhere count as waiting, so that taking and
// giving many at a time does not stretch the bound: those that a worker leased
// but has not started, and the room that a worker reserved for its results.
type queue[T any] struct {
	mu   sync.Mutex
	ring ring[Elem[T]]
	back ring[returned[T]] // taken back from leases: they come first

	limit    int // Unlimited, or at least 0
	leased   int // leased and not started
	reserved int // promised to results

	notEmpty sync.Cond
	notFull  sync.Cond
	readers  int // waiting in lease
	writers  int // waiting in push, each with an item deposited

	open    int  // edges that may still push
	gone    bool // nobody will read any more
	shut    bool // the run is over: nothing more goes in
	kicked  bool // lease returns even if there is nothing
	refused int  // items that were pushed when nobody read any more
	last    bool // in front of the reader of the whole run
	seq     int64
	gate    int64 // lease gives out no item with this sequence number or a later one

	// more is called, outside the lock, when items wait and no reader does.
	more func()
}

// A returned item has been leased, but not started.
type returned[T any] struct {
	e   Elem[T]
	seq int64
}

func (q *queue[T]) init() *queue[T] {
	q.limit, q.gate = Unlimited, math.MaxInt64
	q.notEmpty.L = &q.mu
	q.notFull.L = &q.mu
	return q
}

// room returns how many items fit in now. Call it locked.
func (q *queue[T]) room() int {
	if q.limit == Unlimited {
		return 1 << 30
	}
	return q.limit - q.ring.len() - q.back.len() - q.leased - q.reserved
}

// push adds items, moved up by lane, and waits while there is no room for them.
// Up to held of them go into room that was reserved; what is left of it is given
// back. It reports false if nobody reads any more, or the run is over.
func (q *queue[T]) push(items []Elem[T], lane, held int) bool {
	q.mu.Lock()
	q.reserved -= held
	if n := min(held, len(items)); n > 0 && !q.gone && !q.shut {
		q.put(items[:n], lane) // their room is theirs, even if others hand over more than fits
		items = items[n:]
	}
	for len(items) > 0 {
		if q.gone || q.shut {
			q.refused += len(items)
			q.mu.Unlock()
			return false
		}
		n := q.room()
		full := n <= 0
		if full {
			n = 1
		}
		n = min(n, len(items))
		q.put(items[:n], lane)
		items = items[n:]
		if full {
			if more := q.wakeReader(); more != nil {
				q.mu.Unlock()
				more()
				q.mu.Lock()
			}
			// Unless it moved up meanwhile, what was just put in is being handed over.
			if !q.gone && !q.shut && q.room()+q.writers+1 <= 0 {
				q.writers++
				q.notFull.Wait()
			}
		}
	}
	if held > 0 {
		q.wakeWriters()
	}
	more := q.wakeReader()
	alive := !q.gone && !q.shut
	q.mu.Unlock()
	if more != nil {
		more()
	}
	return alive
}

// deposit adds items without ever waiting, above the limit if need be. It is for
// results that are finished while the run fails, so that they are not lost.
func (q *queue[T]) deposit(items []Elem[T], lane, held int) {
	q.mu.Lock()
	q.reserved -= held
	if !q.gone && !q.shut {
		q.put(items, lane)
		q.wakeReader()
	}
	q.mu.Unlock()
}

func (q *queue[T]) put(items []Elem[T], lane int) {
	q.ring.push(items)
	if lane == 0 {
		return
	}
	for i := q.ring.len() - len(items); i < q.ring.len(); i++ {
		e := q.ring.at(i)
		e.At = e.At.inLane(lane)
	}
}

// reserve promises room for up to want results and returns how many fit.
func (q *queue[T]) reserve(want int) int {
	q.mu.Lock()
	n := max(0, min(want, q.room()))
	q.reserved += n
	q.mu.Unlock()
	return n
}

func (q *queue[T]) unreserve(n int) {
	q.mu.Lock()
	q.reserved -= n
	q.wakeWriters()
	q.mu.Unlock()
}

// lease takes up to len(buf) items, and waits for the first. All but the first
// count as waiting until the caller gives them back through done, which is the
// number of such items of its last lease. It returns the sequence number of the
// first item; ok is false when there will be no more items.
func (q *queue[T]) lease(buf []Elem[T], done int) (n int, seq int64, ok bool) {
	q.mu.Lock()
	if done != 0 {
		q.leased -= done
		q.wakeWriters()
		q.wakeAtEnd()
	}
	for q.back.len() == 0 && (q.ring.len() == 0 || q.seq >= q.gate) {
		// Leased items may still come back.
		if q.gone || q.shut || q.open == 0 && q.ring.len() == 0 && q.leased == 0 {
			q.mu.Unlock()
			return 0, 0, false
		}
		if q.kicked {
			q.kicked = false
			q.mu.Unlock()
			return 0, 0, true
		}
		q.readers++
		q.notEmpty.Wait()
	}
	if q.back.len() > 0 {
		buf[0], seq, n = q.back.front().e, q.back.front().seq, 1
		q.back.drop()
	} else {
		n = q.ring.pop(buf[:min(int64(len(buf)), q.gate-q.seq)])
		q.leased += n - 1
		seq = q.seq
		q.seq += int64(n)
	}
	q.wakeWriters()
	more := q.wakeReader()
	q.wakeAtEnd()
	q.mu.Unlock()
	if more != nil {
		more()
	}
	return n, seq, true
}

// leaseMore takes up to len(buf) items if there are any. All of them count as waiting
// until they are given back with release.
func (q *queue[T]) leaseMore(buf []Elem[T]) (n int, seq int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.gone || q.shut || q.seq >= q.gate {
		return 0, 0
	}
	n = q.ring.pop(buf[:min(int64(len(buf)), q.gate-q.seq)])
	q.leased += n
	seq = q.seq
	q.seq += int64(n)
	return n, seq
}

// release gives back done items of a lease whose holder takes no more.
func (q *queue[T]) release(done int) {
	if done == 0 {
		return
	}
	q.mu.Lock()
	q.leased -= done
	q.wakeWriters()
	q.wakeAtEnd()
	q.mu.Unlock()
}

// takeBack puts items of a lease that are not started in front of all others.
func (q *queue[T]) takeBack(items []Elem[T], seq int64) {
	q.mu.Lock()
	q.leased -= len(items)
	if !q.gone && !q.shut {
		for i, e := range items {
			q.back.push([]returned[T]{{e, seq + int64(i)}})
		}
	}
	more := q.wakeReader()
	q.mu.Unlock()
	if more != nil {
		more()
	}
}

// putBack is takeBack for items of several leases, of which counted count as waiting.
func (q *queue[T]) putBack(items []Elem[T], seqs []int64, counted int) {
	q.mu.Lock()
	q.leased -= counted
	if !q.gone && !q.shut {
		for i, e := range items {
			q.back.push([]returned[T]{{e, seqs[i]}})
		}
	}
	more := q.wakeReader()
	q.mu.Unlock()
	if more != nil {
		more()
	}
}

// hungry reports whether readers wait and there is nothing for them.
func (q *queue[T]) hungry() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.readers > 0 && q.ring.len() == 0 && q.back.len() == 0
}

// wakeAtEnd lets all readers see that nothing will come any more.
func (q *queue[T]) wakeAtEnd() {
	if q.open == 0 && q.ring.len() == 0 && q.back.len() == 0 && q.leased == 0 {
		q.wakeAll()
	}
}

// wakeReader wakes one reader if there is something to read; that one wakes the
// next. If there is no reader to wake it returns q.more, to be called unlocked.
func (q *queue[T]) wakeReader() func() {
	switch {
	case q.back.len() == 0 && (q.ring.len() == 0 || q.seq >= q.gate):
		return nil
	case q.readers > 0:
		q.readers--
		q.notEmpty.Signal()
		return nil
	default:
		return q.more
	}
}

// wakeWriters lets those producers go on whose item has moved up into the queue
// proper. In a long queue they sleep until it is half empty, so that they do not
// wake up for every single item.
func (q *queue[T]) wakeWriters() {
	if q.writers == 0 {
		return
	}
	room := q.room()
	if q.limit > handToHand && room < q.limit/2 && q.ring.len()+q.back.len() > 0 {
		return
	}
	for q.writers > 0 && room+q.writers > 0 {
		q.writers--
		q.notFull.Signal()
	}
}

// admit lets items with sequence numbers below gate out.
func (q *queue[T]) admit(gate int64) {
	q.mu.Lock()
	q.gate = gate
	more := q.wakeReader()
	q.mu.Unlock()
	if more != nil {
		more()
	}
}

// kick makes one lease that finds nothing return.
func (q *queue[T]) kick() {
	q.mu.Lock()
	q.kicked = true
	if q.readers > 0 {
		q.readers--
		q.notEmpty.Signal()
	}
	q.mu.Unlock()
}

// addProducer counts an edge into the queue.
func (q *queue[T]) addProducer() {
	q.mu.Lock()
	q.open++
	q.mu.Unlock()
}

// close takes back one addProducer; after the last one the queue ends when it is empty.
func (q *queue[T]) close() {
	q.mu.Lock()
	q.open--
	if q.open == 0 {
		q.wakeAll()
	}
	q.mu.Unlock()
}

// end says that nobody reads any more. It returns how many items were left.
func (q *queue[T]) end() int {
	q.mu.Lock()
	left := q.ring.len() + q.back.len()
	q.gone = true
	q.free()
	q.wakeAll()
	q.mu.Unlock()
	return left
}

// abort ends the queue with the run. A last queue can still be read empty.
func (q *queue[T]) abort() {
	q.mu.Lock()
	q.shut = true
	if !q.last {
		q.free()
	}
	q.wakeAll()
	q.mu.Unlock()
}

// free drops what is in the queue.
func (q *queue[T]) free() {
	q.ring.free()
	q.back.free()
}

func (q *queue[T]) wakeAll() {
	q.readers, q.writers = 0, 0
	q.notEmpty.Broadcast()
	q.notFull.Broadcast()
}

// idle reports whether nothing waits and n readers stand ready.
func (q *queue[T]) idle(n int) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.ring.len() == 0 && q.back.len() == 0 && q.readers >= n && q.open > 0
}

package engine

// What others want to know of a queue. The answers may be old when they get them.

// backlog returns how many items wait that no reader is about to take.
func (q *queue[T]) backlog() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.readers > 0 {
		return 0
	}
	return q.ring.len() + q.back.len()
}

// lost returns how many items were refused, since the only reader had left.
func (q *queue[T]) lost() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.refused
}

// waiting returns how many items wait, wherever they are.
func (q *queue[T]) waiting() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.ring.len() + q.back.len() + q.leased
}

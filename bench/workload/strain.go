package workload

// alloc makes garbage: 20 small objects and one of a few kilobytes per item, about
// two microseconds.
func alloc() Workload {
	return Workload{
		Name: "alloc", Title: "1 stage, 21 allocations", Workers: 2, Items: 50_000,
		build: func() parts { return parts{first: step(allocate)} },
	}
}

type link struct {
	next *link
	v    [5]int
}

func allocate(x int) int {
	var head *link
	for i := range 20 {
		head = &link{next: head, v: [5]int{x, i}}
	}
	buf := make([]byte, 1024+x%1024)
	buf[x%1024] = byte(x)
	sum := 0
	for l := head; l != nil; l = l.next {
		sum += l.v[0] ^ l.v[1]
	}
	for _, b := range buf {
		sum += int(b)
	}
	return sum
}

const (
	memoryWords = 16 << 20 // 128 MiB: more than the caches hold
	memoryChunk = 32 << 10 // 256 KiB per item
)

// memory reads more than it computes, so that the memory bus is what workers share.
func memory() Workload {
	return Workload{
		Name: "memory", Title: "1 stage, 256 KiB read from 128 MiB", Workers: 2, Items: 4_000,
		build: func() parts { return parts{first: step(readAround(memoryWords, memoryChunk))} },
	}
}

// readAround returns a function that adds up a chunk of a buffer, another one for
// each item.
func readAround(words, chunk int) func(int) int {
	buf := make([]int, words)
	for i := range buf {
		buf[i] = i
	}
	chunks := words / chunk
	return func(x int) int {
		at := int(uint64(x) * 0x9E3779B97F4A7C15 >> 33 % uint64(chunks) * uint64(chunk))
		// Four sums, so that the reads and not the additions are what takes time.
		var a, b, c, d int
		for p := buf[at : at+chunk]; len(p) >= 4; p = p[4:] {
			a += p[0]
			b += p[1]
			c += p[2]
			d += p[3]
		}
		return a + b + c + d + x
	}
}

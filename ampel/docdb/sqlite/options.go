package sqlite

import (
	"fmt"
	"time"
)

// Option changes how a database is opened.
type Option func(*config)

type config struct {
	sync    string
	wait    time.Duration
	readers int
	check   bool
	memory  bool
}

// SyncNormal writes without waiting for the disk at each commit. After a crash
// of the program nothing is lost; after a power failure the last commits may
// be missing, the database itself stays whole. Single writes get several times
// faster, bulks little. Default: wait at each commit (synchronous=FULL).
func SyncNormal() Option { return func(c *config) { c.sync = "NORMAL" } }

// Wait bounds how long a write waits for another process that is writing,
// before it fails with ErrLocked. Default 10 s; must be positive.
func Wait(d time.Duration) Option { return func(c *config) { c.wait = d } }

// Readers is how many reads may run at the same time; more wait. Default 4;
// at least 1. Each costs a connection with a cache of up to 8 MiB, opened when
// it is first needed. A database in memory has one connection for everything.
func Readers(n int) Option { return func(c *config) { c.readers = n } }

// Check looks through the whole file when it is opened and fails with
// ErrCorrupt if a page is damaged: about a second per gigabyte that is cached.
// Default: only what an opening reads is checked.
func Check() Option { return func(c *config) { c.check = true } }

func configure(opts []Option) (config, error) {
	c := config{sync: "FULL", wait: 10 * time.Second, readers: 4}
	for _, o := range opts {
		o(&c)
	}
	if c.wait <= 0 || c.readers < 1 {
		return c, fmt.Errorf("docdb/sqlite: options: Wait(%v), Readers(%d): a wait must be positive, and at least one reader is needed", c.wait, c.readers)
	}
	return c, nil
}

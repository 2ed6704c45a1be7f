package sqlite

import (
	"database/sql/driver"
	"strconv"
)

// choose picks one of several plans by asking the index how many candidates
// each has. It counts in rounds and only so far, so that it costs no more than
// a few times what the best plan then reads.
func choose(c *conn, plans []*plan) (*plan, error) {
	if len(plans) == 0 {
		return nil, nil
	}
	if len(plans) == 1 || plans[0].rank == rankOne {
		return plans[0], nil
	}
	for limit := int64(32); limit <= 1<<15; limit *= 8 {
		for _, p := range plans {
			few, err := p.fewer(c, limit)
			if err != nil {
				return nil, err
			}
			if few {
				return p, nil
			}
		}
	}
	return plans[0], nil
}

// fewer tells whether a plan has fewer than limit candidates.
func (p *plan) fewer(c *conn, limit int64) (bool, error) {
	left := limit
	text := strconv.FormatInt(limit, 10)
	count := func(sql string, args ...driver.Value) error {
		n, err := c.number("SELECT count(*) FROM (SELECT 1 FROM "+sql+" LIMIT "+text+")", args...)
		left -= n
		return err
	}
	for _, a := range p.any {
		// Many keys are many questions: do not ask more than the limit.
		if int64(len(a.keys)) > limit {
			return false, nil
		}
		for _, k := range a.keys {
			if left <= 0 {
				return false, nil
			}
			if err := count(a.table+" WHERE k = ?", k); err != nil {
				return false, err
			}
		}
		if a.keys == nil && left > 0 {
			if err := count(a.table+" WHERE k >= ? AND k < ?", a.from, a.to); err != nil {
				return false, err
			}
		}
	}
	return left > 0, nil
}

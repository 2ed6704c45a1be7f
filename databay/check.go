package databay

import (
	"context"
	"errors"
	"fmt"
	"reflect"
)

// CheckGroupers tries each grouper on records, laid out as no batch, one empty batch,
// one batch, many batches of one, and batches of two with an empty one among them, and
// reports, joined, every call that failed, panicked, lost, doubled, invented or changed a record, or
// changed the batches it was given. It is meant for tests; to check the groupers of a
// running link, set [LinkConfig.CheckGroupers].
func CheckGroupers[T any](ctx context.Context, records []Record[T], groupers ...Grouper[T]) error {
	var singles, pairs [][]Record[T]
	for i := range records {
		singles = append(singles, records[i:i+1:i+1])
		if i%2 == 0 {
			end := min(i+2, len(records))
			pairs = append(pairs, records[i:end:end], nil)
		}
	}
	shapes := map[string][][]Record[T]{
		"no batch": {}, "an empty batch": {{}}, "one batch": {records},
		"batches of one": singles, "batches of two": pairs,
	}
	var errs []error
	for i, g := range groupers {
		for name, shape := range shapes {
			if _, err := checkedGroup(ctx, g, shape); err != nil {
				errs = append(errs, fmt.Errorf("databay: grouper %d on %s: %w", i, name, err))
			}
		}
	}
	return errors.Join(errs...)
}

// checkedGroup calls g on marked copies of the records and looks for the marks in its result.
func checkedGroup[T any](ctx context.Context, g Grouper[T], in [][]Record[T]) ([][]Record[T], error) {
	type seat struct {
		was   Record[T]
		times int
	}
	seats := map[*origin]*seat{}
	marked := make([][]Record[T], len(in))
	given := make([][]Record[T], len(in))
	for i, b := range in {
		marked[i] = make([]Record[T], len(b))
		for j, r := range b {
			mark := &origin{} // a pointer of its own tells this record from its equals
			if r.origin != nil {
				*mark = *r.origin
			}
			seats[mark] = &seat{was: r}
			r.origin = mark
			marked[i][j] = r
		}
		given[i] = append([]Record[T](nil), marked[i]...)
	}
	out, err := group(ctx, g, marked)
	if err != nil {
		return nil, err
	}
	var errs []error
	fail := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("databay: %w: "+format, append([]any{ErrGrouper}, args...)...))
	}
	for i := range given {
		for j := range given[i] {
			if len(marked[i]) != len(given[i]) || marked[i][j].origin != given[i][j].origin {
				fail("changed batch %d of its input: it must make new lists", i)
				break
			}
		}
	}
	result := make([][]Record[T], len(out))
	for i, b := range out {
		result[i] = make([]Record[T], len(b))
		for j, r := range b {
			s := seats[r.origin]
			if s == nil {
				fail("batch %d of its result has a record that was not in its input: %v", i, r.Payload)
				continue
			}
			if s.times++; s.times == 2 {
				fail("returned a record more than once: %v", s.was.Payload)
			}
			if !reflect.DeepEqual(r.Payload, s.was.Payload) || !reflect.DeepEqual(r.local, s.was.local) {
				fail("changed a record: %v became %v: change records in a processor", s.was.Payload, r.Payload)
			}
			r.origin = s.was.origin
			result[i][j] = r
		}
	}
	for i := range given {
		for _, r := range given[i] {
			if seats[r.origin].times == 0 {
				fail("lost a record: %v", r.Payload)
			}
		}
	}
	return result, errors.Join(errs...)
}

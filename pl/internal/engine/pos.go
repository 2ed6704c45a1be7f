package engine

// A Pos says where in the input of a run an item comes from: its index in the
// source, then its index in the results of each flat map it went through. It
// travels with the item, so it costs no allocation until a flat map nests it.
//
// The upper bits of n hold the lane, which tells the inputs of a merge apart;
// see [Inlet].
type Pos struct {
	n  int64
	up *Branch
}

// A Branch is the item whose flat map results are nested below it.
type Branch struct{ at Pos }

const (
	laneShift = 48
	indexMask = 1<<laneShift - 1

	// MaxLanes is how many streams one Ordered can tell apart.
	MaxLanes = 1 << 14
)

// At returns the position of the i-th item of a source.
func At(i int64) Pos { return Pos{n: i} }

func (p Pos) index() int64 { return p.n & indexMask }

func (p Pos) lane() int { return int(p.n >> laneShift) }

// inLane returns p moved up by off lanes.
func (p Pos) inLane(off int) Pos {
	p.n += int64(off) << laneShift
	return p
}

// child returns the position of the i-th result of the flat map of b.
func child(b *Branch, i int) Pos {
	return Pos{n: b.at.n&^indexMask | int64(i), up: b}
}

// Path returns the indices from the source down.
func (p Pos) Path() []int { return p.AppendPath(nil) }

// AppendPath appends the indices from the source down.
func (p Pos) AppendPath(path []int) []int {
	if p.up != nil {
		path = p.up.at.AppendPath(path)
	}
	return append(path, int(p.index()))
}

// An Elem is a value on its way from one stage to the next.
type Elem[T any] struct {
	V  T
	At Pos
}

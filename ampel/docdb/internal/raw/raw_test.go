package raw

import (
	"bytes"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"pgregory.net/rapid"
)

func value(t testing.TB, x any) Value {
	t.Helper()
	doc, err := bson.Marshal(bson.D{{Key: "v", Value: x}})
	require.NoError(t, err)
	return Field(Body(doc), "v")
}

// ladder holds values in strictly rising order.
var ladder = []any{
	nil,
	math.NaN(), math.Inf(-1), -math.MaxFloat64, int64(math.MinInt64), int64(math.MinInt64 + 1),
	int64(-1<<53 - 1), float64(-1 << 53), -1.5, int32(-1), -math.SmallestNonzeroFloat64, 0.0,
	math.SmallestNonzeroFloat64, int32(1), 1.5, float64(1 << 53), int64(1<<53 + 1), float64(1<<53 + 2),
	int64(1<<62 + 1), int64(math.MaxInt64 - 1), int64(math.MaxInt64), float64(1 << 63), math.Inf(1),
	"", "\x00", "\x00a", "a", "a\x00", "a\x00b", "aa", "b",
	bson.D{}, bson.D{{Key: "a", Value: nil}}, bson.D{{Key: "b", Value: nil}}, bson.D{{Key: "a", Value: 1}},
	bson.D{{Key: "a", Value: 1}, {Key: "b", Value: 1}}, bson.D{{Key: "a", Value: 2}}, bson.D{{Key: "a", Value: "x"}},
	bson.A{}, bson.A{1}, bson.A{1, 2}, bson.A{2}, bson.A{"x"}, bson.A{bson.A{}},
	[]byte{}, []byte{2}, []byte{1, 1},
	bson.ObjectID{1}, bson.ObjectID{2},
	false, true,
	time.UnixMilli(-5), time.UnixMilli(0), time.UnixMilli(5),
}

func TestCompareAndKeysFollowTheLadder(t *testing.T) {
	for i, x := range ladder {
		for j, y := range ladder {
			a, b := value(t, x), value(t, y)
			want := 0
			if i < j {
				want = -1
			} else if i > j {
				want = 1
			}
			require.Equal(t, want, Compare(a, b), "%v ? %v", x, y)
			require.Equal(t, want, bytes.Compare(AppendKey(nil, a), AppendKey(nil, b)), "keys of %v ? %v", x, y)
			require.Equal(t, i == j, bytes.HasPrefix(AppendKey(nil, a), AppendKey(nil, b)), "%v begins like %v", x, y)
		}
	}
}

func TestNumbersOfDifferentTypesAreEqual(t *testing.T) {
	for _, same := range [][]any{{int32(5), int64(5), 5.0}, {0.0, math.Copysign(0, -1), int32(0)}, {int64(1 << 60), float64(1 << 60)}} {
		for _, x := range same[1:] {
			require.Zero(t, Compare(value(t, same[0]), value(t, x)))
			require.Equal(t, AppendKey(nil, value(t, same[0])), AppendKey(nil, value(t, x)))
		}
	}
}

func TestKeysSortLikeNumbers(t *testing.T) {
	num := rapid.OneOf(rapid.Map(rapid.Int64(), func(n int64) any { return n }),
		rapid.Map(rapid.Float64(), func(f float64) any { return f }),
		rapid.Map(rapid.Int64Range(-3, 3), func(n int64) any { return float64(1<<53) + float64(n) }),
		rapid.Map(rapid.Int64Range(-3, 3), func(n int64) any { return int64(1<<53) + n }))
	rapid.Check(t, func(rt *rapid.T) {
		a, b := value(t, num.Draw(rt, "a")), value(t, num.Draw(rt, "b"))
		require.Equal(rt, Compare(a, b), bytes.Compare(AppendKey(nil, a), AppendKey(nil, b)))
		require.Equal(rt, -Compare(a, b), Compare(b, a))
	})
}

type collect struct{ got []any }

func (c *collect) Test(v Value) bool {
	if !v.Is() {
		c.got = append(c.got, "missing")
		return false
	}
	var x any
	_ = v.BSON().Unmarshal(&x)
	c.got = append(c.got, x)
	return false
}

func TestWalkYieldsWhatMongoDBLooksAt(t *testing.T) {
	d := func(k string, v any) bson.D { return bson.D{{Key: k, Value: v}} }
	for _, c := range []struct {
		name string
		doc  bson.D
		path []string
		leaf bool
		want []any
	}{
		{"scalar", d("a", 1), []string{"a"}, true, []any{int32(1)}},
		{"missing", d("a", 1), []string{"b"}, true, []any{"missing"}},
		{"below a scalar", d("a", 1), []string{"a", "b"}, true, []any{"missing"}},
		{"elements and array", d("a", bson.A{1, 2}), []string{"a"}, true, []any{int32(1), int32(2), bson.A{int32(1), int32(2)}}},
		{"array alone", d("a", bson.A{1}), []string{"a"}, false, []any{bson.A{int32(1)}}},
		{"through objects of an array", d("a", bson.A{d("b", 1), 7, d("c", 2)}), []string{"a", "b"}, true, []any{int32(1), "missing"}},
		{"array of scalars", d("a", bson.A{1, 2}), []string{"a", "b"}, true, nil},
		{"empty array", d("a", bson.A{}), []string{"a", "b"}, true, nil},
		{"position", d("a", bson.A{1, 2}), []string{"a", "1"}, true, []any{int32(2)}},
		{"position and field", d("a", bson.A{d("0", 5)}), []string{"a", "0"}, true, []any{int32(5), d("0", int32(5))}},
		{"array in array", d("a", bson.A{bson.A{d("b", 1)}}), []string{"a", "0", "b"}, true, []any{int32(1)}},
		{"array in array is not entered", d("a", bson.A{bson.A{d("b", 1)}}), []string{"a", "b"}, true, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			doc, err := bson.Marshal(c.doc)
			require.NoError(t, err)
			var got collect
			Walk(Body(doc), c.path, c.leaf, &got)
			require.Equal(t, c.want, got.got)
		})
	}
}

func TestKeysOfDocuments(t *testing.T) {
	d := func(k string, v any) bson.D { return bson.D{{Key: k, Value: v}} }
	key := func(xs ...any) []byte {
		var k []byte
		for _, x := range xs {
			k = AppendKey(k, value(t, x))
		}
		return k
	}
	ab := bson.D{{Key: "s", Value: 7}, {Key: "c", Value: bson.A{"A", "B"}}}
	nested := d("m", bson.A{bson.D{{Key: "x", Value: 1}, {Key: "y", Value: 2}}, d("x", 3)})
	for _, c := range []struct {
		name  string
		doc   bson.D
		paths [][]string
		want  [][]byte
		found bool
	}{
		{"one", ab, [][]string{{"s"}}, [][]byte{key(7)}, true},
		{"missing is null", ab, [][]string{{"q"}}, [][]byte{key(nil)}, false},
		{"list", ab, [][]string{{"c"}}, [][]byte{key("A"), key("B")}, true},
		{"compound", ab, [][]string{{"s"}, {"c"}}, [][]byte{key(7, "A"), key(7, "B")}, true},
		{"same list pairs up", nested, [][]string{{"m", "x"}, {"m", "y"}}, [][]byte{key(1, 2), key(3, nil)}, true},
		{"empty list", d("c", bson.A{}), [][]string{{"c"}}, [][]byte{{UndefinedKey}}, true},
		{"list in list", d("c", bson.A{bson.A{1}}), [][]string{{"c"}}, [][]byte{key(bson.A{1})}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			doc, err := bson.Marshal(c.doc)
			require.NoError(t, err)
			got, found, err := Keys(doc, c.paths)
			require.NoError(t, err)
			require.Equal(t, c.want, got)
			require.Equal(t, c.found, found)
		})
	}
	doc, err := bson.Marshal(bson.D{{Key: "a", Value: bson.A{1}}, {Key: "b", Value: bson.A{2}}})
	require.NoError(t, err)
	_, _, err = Keys(doc, [][]string{{"a"}, {"b"}})
	require.ErrorIs(t, err, ErrParallelArrays)
}

func TestCheckRefuses(t *testing.T) {
	deep := any(1)
	for range MaxDepth + 1 {
		deep = bson.D{{Key: "d", Value: deep}}
	}
	many := bson.D{}
	for i := range 50 {
		many = append(many, bson.E{Key: Itoa(i), Value: i})
	}
	good := bson.D{{Key: "a", Value: bson.A{1, "x", bson.D{{Key: "b", Value: nil}}}}, {Key: "t", Value: time.Now()}}
	for name, c := range map[string]struct {
		doc bson.D
		ok  bool
	}{
		"good":         {good, true},
		"many":         {many, true},
		"many twice":   {append(many[:50:50], bson.E{Key: "49", Value: 1}), false},
		"dollar":       {bson.D{{Key: "a", Value: bson.D{{Key: "$x", Value: 1}}}}, false},
		"dot":          {bson.D{{Key: "a.b", Value: 1}}, false},
		"empty name":   {bson.D{{Key: "", Value: 1}}, false},
		"twice":        {bson.D{{Key: "a", Value: 1}, {Key: "a", Value: 2}}, false},
		"decimal":      {bson.D{{Key: "a", Value: bson.NewDecimal128(1, 2)}}, false},
		"regex":        {bson.D{{Key: "a", Value: bson.Regex{Pattern: "x"}}}, false},
		"deep":         {bson.D{{Key: "a", Value: deep}}, false},
		"not utf8":     {bson.D{{Key: "a", Value: "\xff"}}, false},
		"not utf8 key": {bson.D{{Key: "\xff", Value: 1}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			doc, err := bson.Marshal(c.doc)
			require.NoError(t, err)
			if c.ok {
				require.NoError(t, Check(doc))
				return
			}
			require.Error(t, Check(doc))
		})
	}
}

// FuzzDamaged: whatever the bytes, reading them ends and does not panic, and
// what Check accepts the bson package accepts too.
func FuzzDamaged(f *testing.F) {
	for _, x := range []bson.D{{}, {{Key: "a", Value: 1}}, {{Key: "a", Value: bson.A{1, bson.D{{Key: "b", Value: "x"}}}}}} {
		doc, err := bson.Marshal(x)
		require.NoError(f, err)
		f.Add(doc)
	}
	f.Add([]byte{5, 0, 0, 0, 1})
	f.Add([]byte{12, 0, 0, 0, 2, 'a', 0, 0xFF, 0xFF, 0xFF, 0xFF, 0})
	f.Fuzz(func(t *testing.T, doc []byte) {
		var c collect
		Walk(Body(doc), []string{"a", "b"}, true, &c)
		_, _, _ = Keys(doc, [][]string{{"a", "b"}, {"a"}})
		Compare(DocValue(doc), DocValue(doc))
		AppendKey(nil, DocValue(doc))
		if Check(doc) == nil {
			require.NoError(t, bson.Raw(doc).Validate())
		}
	})
}

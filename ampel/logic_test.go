package ampel_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"pgregory.net/rapid"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/docdb"
)

var someLabels = []ampel.Label{ampel.Name("A"), ampel.Name("B"), ampel.Number(1), ampel.Name("1"), ampel.Name("C")}

func drawLogic(t *rapid.T) ampel.Logic {
	some := rapid.SliceOfNDistinct(rapid.SampledFrom(someLabels), 2, 4, rapid.ID[ampel.Label])
	l := some.Draw(t, "labels")
	switch rapid.IntRange(0, 4).Draw(t, "form") {
	case 0:
		return ampel.Only(l[0])
	case 1:
		return ampel.AnyOf(l...)
	case 2:
		return ampel.AllOf(l...)
	case 3:
		return ampel.OneOf(l...)
	}
	return ampel.AllOf(l...).Or(ampel.AnyOf(some.Draw(t, "more")...))
}

// Match says of a set what the filters say of a document with that set, and a
// condition that was written and read again is the same.
func TestLogicIsOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLogic(t)
		set := rapid.SliceOfDistinct(rapid.SampledFrom(someLabels), rapid.ID[ampel.Label]).Draw(t, "set")
		doc, err := bson.Marshal(bson.M{"f": set})
		require.NoError(t, err)
		with, err := docdb.ParseFilter(l.Filter("f"))
		require.NoError(t, err)
		without, err := docdb.ParseFilter(l.Without("f"))
		require.NoError(t, err)
		require.Equal(t, l.Match(set), with.Match(doc), "%v", l)
		require.Equal(t, !l.Match(set), without.Match(doc), "%v", l)

		var again ampel.Logic
		require.NoError(t, ampel.Decode(l.EncodeConfig(), &again))
		require.Equal(t, l.Match(set), again.Match(set))
	})
}

func TestLogicOfNothing(t *testing.T) {
	var l ampel.Logic
	require.True(t, l.IsZero())
	require.True(t, l.Match(nil))
	require.Empty(t, l.Filter("f"))
	require.Empty(t, l.Without("f"))
	require.Empty(t, l.Labels())
}

func TestLogicOneOf(t *testing.T) {
	a, b, c := ampel.Name("A"), ampel.Name("B"), ampel.Name("C")
	l := ampel.OneOf(a, b)
	require.True(t, l.Match([]ampel.Label{a}))
	require.False(t, l.Match([]ampel.Label{a, b}))
	require.False(t, l.Match([]ampel.Label{a, c}))
	require.False(t, l.Match(nil))
	require.Equal(t, "only A or B", l.String())
}

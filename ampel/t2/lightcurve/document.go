package lightcurve

import "go.mongodb.org/mongo-driver/v2/bson"

// document is a map of a result. Its order is that in which it was made, so that the
// same input gives the same bytes.
type document bson.D

func (d *document) add(key string, value any) {
	if inner, ok := value.(document); ok {
		value = bson.D(inner)
	}
	*d = append(*d, bson.E{Key: key, Value: value})
}

func (d *document) addChi2(chi2 float64, dof int) {
	d.add("chi2", chi2)
	d.add("dof", dof)
	if dof > 0 {
		d.add("reduced_chi2", chi2/float64(dof))
	}
}

// orEmpty makes no entries an empty map, and not null.
func (d *document) orEmpty() document {
	if *d == nil {
		return document{}
	}
	return *d
}

func named(names []string, values []float64) document {
	var d document
	for k, name := range names {
		d.add(name, values[k])
	}
	return d
}

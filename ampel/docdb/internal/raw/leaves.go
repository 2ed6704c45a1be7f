package raw

// Leaves calls add with each value that path leads to, through the documents
// of lists; a list at the end counts by its elements. Missing values do not
// count.
func Leaves(doc []byte, path []string, add func(v Value)) {
	leaves(DocValue(doc), path, add)
}

func leaves(v Value, path []string, add func(v Value)) {
	switch {
	case !v.Is():
	case v.T == Array:
		for body := v.Body(); ; {
			_, e, rest, ok := Next(body)
			if !ok {
				return
			}
			body = rest
			if len(path) == 0 {
				add(e)
			} else if e.T == Object {
				leaves(e, path, add)
			}
		}
	case len(path) == 0:
		add(v)
	case v.T == Object:
		leaves(Field(v.Body(), path[0]), path[1:], add)
	}
}

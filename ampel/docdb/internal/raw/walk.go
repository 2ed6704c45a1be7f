package raw

import "strconv"

// Tester decides about one value that a path leads to.
type Tester interface{ Test(v Value) bool }

// Walk calls test with the values that path leads to in the document with the
// elements body, until test says true; it returns whether it did.
//
// A path through an array goes on in each object of the array, and, if its
// next part is a number, in the element of that position. A path that ends at
// an array yields each element and then the array itself; with leaf false it
// yields the array alone. Where a path breaks off outside of an array, it
// yields one missing value; inside of an array only an object that lacks the
// field does.
func Walk(body []byte, path []string, leaf bool, test Tester) bool {
	v := Field(body, path[0])
	rest := path[1:]
	for len(rest) > 0 && v.T == Object {
		v = Field(v.Body(), rest[0])
		rest = rest[1:]
	}
	if v.T == Array {
		return walkArray(v, rest, leaf, test)
	}
	if len(rest) > 0 {
		v = Value{}
	}
	return test.Test(v)
}

func walkArray(arr Value, rest []string, leaf bool, test Tester) bool {
	if len(rest) == 0 && !leaf {
		return test.Test(arr)
	}
	position, positional := -1, false
	if len(rest) > 0 {
		position, positional = Position(rest[0])
	}
	body := arr.Body()
	for i := 0; ; i++ {
		_, e, next, ok := Next(body)
		if !ok {
			break
		}
		body = next
		if len(rest) == 0 {
			if test.Test(e) {
				return true
			}
			continue
		}
		if e.T == Object && Walk(e.Body(), rest, leaf, test) {
			return true
		}
		if positional && i == position && walkElement(e, rest[1:], leaf, test) {
			return true
		}
	}
	return len(rest) == 0 && test.Test(arr)
}

// walkElement goes on in the element that a number in the path picked. An
// array that is picked by its position is one value, its elements are not
// looked at.
func walkElement(e Value, rest []string, leaf bool, test Tester) bool {
	switch {
	case len(rest) == 0:
		return test.Test(e)
	case e.T == Object:
		return Walk(e.Body(), rest, leaf, test)
	case e.T == Array:
		return walkArray(e, rest, leaf, test)
	}
	return false
}

// Position reads a path part as a position in an array: decimal digits
// without a leading zero, up to nine of them.
func Position(part string) (int, bool) {
	if part == "" || len(part) > 9 || part[0] < '0' || part[0] > '9' || part[0] == '0' && len(part) > 1 {
		return 0, false
	}
	n, err := strconv.Atoi(part)
	return n, err == nil
}

package ztf

import (
	"fmt"

	"github.com/penstock/penstock/ampel"
)

// What names are made of: ZTF, two digits of the year, seven letters.
const (
	nameSize  = 12
	firstYear = 17
	years     = 16 // that fit into the number
	letters   = 7
	alphabet  = 26
)

// StockID returns the number that a source has in all tiers, as Ampel numbers it:
// the seven letters of its name as a number to the base 26, then four bits for the
// years since 2017. It is an error if the name is not like ZTF18abcecyc, with a year
// from 17 to 32.
func StockID(name string) (ampel.StockID, error) {
	bad := func() (ampel.StockID, error) {
		return ampel.StockID{}, fmt.Errorf("ztf: name %q: it has to be ZTF, a year from 17 to 32, and seven small letters", name)
	}
	if len(name) != nameSize || name[:3] != "ZTF" || name[3] < '0' || name[3] > '9' || name[4] < '0' || name[4] > '9' {
		return bad()
	}
	year := int64(name[3]-'0')*10 + int64(name[4]-'0') - firstYear
	if year < 0 || year >= years {
		return bad()
	}
	n := int64(0)
	for _, c := range []byte(name[5:]) {
		if c < 'a' || c > 'z' {
			return bad()
		}
		n = n*alphabet + int64(c-'a')
	}
	return ampel.IntID(n*years + year), nil
}

// StockName returns the name of which StockID makes id; false if there is none.
func StockName(id ampel.StockID) (string, bool) {
	n, ok := id.Int()
	if !ok || n < 0 {
		return "", false
	}
	year := n%years + firstYear
	n /= years
	var b [letters]byte
	for i := letters - 1; i >= 0; i-- {
		b[i] = 'a' + byte(n%alphabet)
		n /= alphabet
	}
	if n > 0 {
		return "", false
	}
	return fmt.Sprintf("ZTF%02d%s", year, b[:]), true
}

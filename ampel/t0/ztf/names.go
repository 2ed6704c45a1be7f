package ztf

import (
	"fmt"

	"github.com/penstock/penstock/ampel"
)

const (
	firstYear = 17 // the survey began in 2017
	letters   = 7
	alphabet  = 26
)

// StockID returns the id of the stock with a name such as ZTF18abcdefg: the
// letters as a number to the base of 26, times 16, plus the years since 2017.
// Years go from 17 to 32.
func StockID(name string) (ampel.StockID, error) {
	bad := func() (ampel.StockID, error) {
		return ampel.StockID{}, fmt.Errorf("ztf: %q is no name of a source: it should look like ZTF18abcdefg", name)
	}
	if len(name) != len("ZTF")+2+letters || name[:3] != "ZTF" || name[3] < '0' || name[3] > '9' || name[4] < '0' || name[4] > '9' {
		return bad()
	}
	year := int64(name[3]-'0')*10 + int64(name[4]-'0') - firstYear
	if year < 0 || year > 15 {
		return bad()
	}
	n := int64(0)
	for _, c := range name[5:] {
		if c < 'a' || c > 'z' {
			return bad()
		}
		n = n*alphabet + int64(c-'a')
	}
	return ampel.IntID(n<<4 | year), nil
}

// Name returns the name of the stock with an id that StockID made.
func Name(id ampel.StockID) (string, error) {
	n, ok := id.Int()
	text := [letters]byte{}
	year := n & 15
	n >>= 4
	for i := letters - 1; ok && n >= 0 && i >= 0; i-- {
		text[i] = 'a' + byte(n%alphabet)
		n /= alphabet
	}
	if !ok || n != 0 {
		return "", fmt.Errorf("ztf: %v is not the id of a source of the survey", id)
	}
	return fmt.Sprintf("ZTF%d%s", year+firstYear, text[:]), nil
}

package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// number writes v with three digits that count and commas between thousands, so that
// columns of very different sizes stay readable: 0.42, 13.1, 364, 15,400.
func number(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "-"
	}
	if v > -0.005 && v < 0 {
		v = 0 // and not -0.00
	}
	switch a := math.Abs(v); {
	case a >= 99.95:
		return commas(strconv.FormatFloat(v, 'f', 0, 64))
	case a >= 9.995:
		return strconv.FormatFloat(v, 'f', 1, 64)
	default:
		return strconv.FormatFloat(v, 'f', 2, 64)
	}
}

func commas(digits string) string {
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	var groups []string
	for len(digits) > 3 {
		groups = append([]string{digits[len(digits)-3:]}, groups...)
		digits = digits[:len(digits)-3]
	}
	return sign + strings.Join(append([]string{digits}, groups...), ",")
}

// mebibytes writes a number of bytes.
func mebibytes(b float64) string {
	return fmt.Sprintf("%.1f", b/(1<<20))
}

package docdb

import (
	"bytes"
	"regexp"
	"regexp/syntax"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel/docdb/internal/raw"
)

// pattern parses a regular expression: $regex with its $options, or a value of
// that type, in which case options is nil.
func (p *fieldParser) pattern(v raw.Value, options *raw.Value) (cond, error) {
	text, flags, ok := patternOf(v)
	if ok && options != nil && options.Is() {
		ok = options.T == raw.String && flags == ""
		flags = string(options.Str())
	}
	if !ok {
		return nil, bad("filter", p.name, "$regex needs a text, $options a text of i, m and s")
	}
	plain, err := plainRegex(text, flags)
	if err != nil {
		return nil, bad("filter", p.name, "$regex: %v", err)
	}
	re, err := regexp.Compile(plain)
	if err != nil {
		return nil, bad("filter", p.name, "$regex: %v", err)
	}
	p.regex = true
	return leafCond{regexTest{re}}, nil
}

func patternOf(v raw.Value) (text, flags string, ok bool) {
	switch v.T {
	case raw.String:
		return string(v.Str()), "", true
	case raw.Regex:
		end := bytes.IndexByte(v.D, 0)
		return string(v.D[:end]), string(v.D[end+1 : len(v.D)-1]), true
	}
	return "", "", false
}

// plainRegex writes a pattern so that Go and PCRE, which MongoDB uses, read
// the same: flags are spelled out where they hold, and a dollar sign at the
// end means the end, not also the line break before it. What only PCRE has,
// such as looking ahead, is an error.
func plainRegex(text, flags string) (string, error) {
	mode := syntax.Perl
	for _, f := range flags {
		switch f {
		case 'i':
			mode |= syntax.FoldCase
		case 'm':
			mode &^= syntax.OneLine
		case 's':
			mode |= syntax.DotNL
		default:
			return "", bad("filter", "$options", "%q: only i, m and s are in the dialect", f)
		}
	}
	re, err := syntax.Parse(text, mode)
	if err != nil {
		return "", err
	}
	exactEnd(re)
	return re.String(), nil
}

func exactEnd(re *syntax.Regexp) {
	re.Flags &^= syntax.WasDollar
	for _, sub := range re.Sub {
		exactEnd(sub)
	}
}

// plainRegexes rewrites all patterns of a filter that was parsed.
func plainRegexes(doc bson.Raw) bson.Raw {
	out, start := raw.Begin(nil)
	body := raw.Body(doc)
	all := body
	for {
		name, v, rest, ok := raw.Next(body)
		if !ok {
			return raw.End(out, start)
		}
		body = rest
		switch {
		case string(name) == "$options" && raw.Field(all, "$regex").Is():
			continue
		case v.T == raw.Regex || string(name) == "$regex":
			text, flags, _ := patternOf(v)
			if o := raw.Field(all, "$options"); string(name) == "$regex" && o.Is() {
				flags = string(o.Str())
			}
			plain, _ := plainRegex(text, flags)
			v = raw.Value{T: raw.Regex, D: append([]byte(plain), 0, 0)}
		case v.T == raw.Object || v.T == raw.Array:
			v.D = plainRegexes(v.D)
		}
		out = raw.AppendElement(out, string(name), v)
	}
}

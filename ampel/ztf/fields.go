package ztf

import (
	"encoding/json"
	"strings"
)

// WrittenVersion is the version of the schema that Encode writes.
const WrittenVersion = "3.3"

// The fields of the schema, as "name type"; a question mark allows null.
const (
	detectionFields = `
jd double, fid int, pid long, diffmaglim float?, pdiffimfilename string?, programpi string?,
programid int, candid long, isdiffpos string, tblid long?, nid int?, rcid int?, field int?,
xpos float?, ypos float?, ra double, dec double, magpsf float, sigmapsf float, chipsf float?,
magap float?, sigmagap float?, distnr float?, magnr float?, sigmagnr float?, chinr float?,
sharpnr float?, sky float?, magdiff float?, fwhm float?, classtar float?, mindtoedge float?,
magfromlim float?, seeratio float?, aimage float?, bimage float?, aimagerat float?,
bimagerat float?, elong float?, nneg int?, nbad int?, rb float?, ssdistnr float?,
ssmagnr float?, ssnamenr string?, sumrat float?, magapbig float?, sigmagapbig float?,
ranr double, decnr double`

	candidateFields = detectionFields + `,
sgmag1 float?, srmag1 float?, simag1 float?, szmag1 float?, sgscore1 float?, distpsnr1 float?,
ndethist int, ncovhist int, jdstarthist double?, jdendhist double?, scorr double?, tooflag int?,
objectidps1 long?, objectidps2 long?, sgmag2 float?, srmag2 float?, simag2 float?, szmag2 float?,
sgscore2 float?, distpsnr2 float?, objectidps3 long?, sgmag3 float?, srmag3 float?, simag3 float?,
szmag3 float?, sgscore3 float?, distpsnr3 float?, nmtchps int, rfid long, jdstartref double,
jdendref double, nframesref int, rbversion string, dsnrms float?, ssnrms float?, dsdiff float?,
magzpsci float?, magzpsciunc float?, magzpscirms float?, nmatches int, clrcoeff float?,
clrcounc float?, zpclrcov float?, zpmed float?, clrmed float?, clrrms float?, neargaia float?,
neargaiabright float?, maggaia float?, maggaiabright float?, exptime float?, drb float?,
drbversion string`

	// Of an upper limit nearly everything is null.
	historyFields = detectionFields + `,
scorr double?, magzpsci float?, magzpsciunc float?, magzpscirms float?, clrcoeff float?,
clrcounc float?, rbversion string`
)

var historyNulls = map[string]bool{
	"candid": true, "isdiffpos": true, "ra": true, "dec": true, "magpsf": true,
	"sigmapsf": true, "ranr": true, "decnr": true,
}

type field struct {
	Name    string `json:"name"`
	Type    any    `json:"type"`
	Default *null  `json:"default,omitempty"`
}

type null struct{}

func (*null) MarshalJSON() ([]byte, error) { return []byte("null"), nil }

type record struct {
	Type      string  `json:"type"`
	Name      string  `json:"name"`
	Namespace string  `json:"namespace,omitempty"`
	Version   string  `json:"version,omitempty"`
	Fields    []field `json:"fields"`
}

// schemaText returns the schema that Encode writes, as JSON.
func schemaText() string {
	cutout := record{Type: "record", Name: "cutout", Namespace: "ztf.alert", Version: WrittenVersion, Fields: []field{
		{Name: "fileName", Type: "string"}, {Name: "stampData", Type: "bytes"},
	}}
	candidate := record{Type: "record", Name: "candidate", Namespace: "ztf.alert", Version: WrittenVersion, Fields: fields(candidateFields, nil)}
	history := record{Type: "record", Name: "prv_candidate", Namespace: "ztf.alert", Version: WrittenVersion, Fields: fields(historyFields, historyNulls)}
	alert := record{Type: "record", Name: "alert", Namespace: "ztf", Version: WrittenVersion, Fields: []field{
		{Name: "schemavsn", Type: "string"},
		{Name: "publisher", Type: "string"},
		{Name: "objectId", Type: "string"},
		{Name: "candid", Type: "long"},
		{Name: "candidate", Type: candidate},
		optional("prv_candidates", map[string]any{"type": "array", "items": history}),
		optional("cutoutScience", cutout),
		optional("cutoutTemplate", "ztf.alert.cutout"),
		optional("cutoutDifference", "ztf.alert.cutout"),
	}}
	text, err := json.Marshal(alert)
	if err != nil {
		panic("ztf: " + err.Error()) // it is made of constants
	}
	return string(text)
}

func fields(list string, nulls map[string]bool) []field {
	var out []field
	for entry := range strings.SplitSeq(list, ",") {
		name, typ, _ := strings.Cut(strings.TrimSpace(entry), " ")
		typ, isOptional := strings.CutSuffix(typ, "?")
		if isOptional || nulls[name] {
			out = append(out, optional(name, typ))
		} else {
			out = append(out, field{Name: name, Type: typ})
		}
	}
	return out
}

func optional(name string, typ any) field {
	return field{Name: name, Type: []any{typ, "null"}, Default: &null{}}
}

package main

import (
	"context"
	"errors"
	"strings"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/job"
)

// process is the job file of all of them; only the stager differs.
const process = `
process_name: BlueAndRed with STAGER
supply:
  unit: T3DefaultBufferSupplier
  config:
    select: {unit: T3StockSelector, config: {channel: {any_of: [BLUE, RED]}}}
    load:   {unit: T3SimpleDataLoader, config: {directives: [STOCK]}}
stage:
  unit: STAGER
  config: CONFIG
`

// poster is the unit, as job files write it.
const posterUnit = `{unit: ChatPoster, config: {url: "URL"}}`

// stagers are the six, each with its way to divide the work.
var stagers = []struct{ name, config string }{
	{"T3SimpleStager", `{execute: ` + posterUnit + `}`},
	{"T3DistributiveStager", `{nthread: 3, execute: ` + posterUnit + `}`},
	{"T3SequentialStager", `{execute: [` + posterUnit + `, T3CountStocks]}`},
	{"T3AdaptativeStager", `{keep_unbound: true, execute: ` + posterUnit + `}`},
	{"T3ChannelStager", `{channel: BLUE, keep_unbound: true, execute: ` + posterUnit + `}`},
	{"T3ProjectingStager", `{directives: [` + block("BLUE") + `, ` + block("RED") + `]}`},
}

func block(channel string) string {
	return `{filter: {unit: T3AmpelBufferFilter, config: {channel: ` + channel + `}},
    project: {unit: T3ChannelProjector, config: {channel: ` + channel + `, keep_unbound: true}},
    execute: ` + posterUnit + `}`
}

// react runs the process with one stager.
func react(ctx context.Context, env *ampel.Env, stager struct{ name, config string }, url string) error {
	text := strings.NewReplacer("STAGER", stager.name, "CONFIG", strings.ReplaceAll(stager.config, "URL", url)).Replace(process)
	j, err := job.Parse([]byte(text), false)
	if err != nil {
		return err
	}
	var failed error
	err = j.Run(ctx, env, func(_ job.Process, r ampel.Report) { failed = errors.Join(r.Errors...) })
	return errors.Join(err, failed)
}

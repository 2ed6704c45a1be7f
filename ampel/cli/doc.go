// Package cli is the command ampel, for programs that have units of their own:
//
//	func main() {
//		units := catalog.New()
//		t3.RegisterUnit(units, "MyUnit", t3.Snap, newMyUnit)
//		os.Exit(cli.Main(units))
//	}
//
// That knows databases in folders. An [Engine] adds those of a server, which the
// module of the command does for MongoDB:
//
//	mongodb := cli.Engine{Scheme: "mongodb", Open: func(ctx context.Context, uri string) (*docdb.DB, error) {
//		return mongo.Open(ctx, uri, "")
//	}}
//	os.Exit(cli.Main(units, mongodb))
//
// The exit status is 0 if all went well, 1 if a run ended in an exception, 2 if
// the arguments, the job file or the database are not usable, and 130 after an
// interrupt.
package cli

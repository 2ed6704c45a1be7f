package t3

import (
	"time"

	"github.com/penstock/penstock/ampel"
)

// Journal takes down what one unit sends, for the updates of its stager.
type Journal struct {
	Updates *Updates // nil: what is sent is checked and dropped
	Process string
	Unit    string
	Run     int64
	Tag     ampel.Labels // added to every record
	Now     func() time.Time
}

// Add notes a for stocks. action is for the record.
func (j *Journal) Add(ids []ampel.StockID, a ampel.Attributes, action ampel.JournalAction) error {
	if err := a.Check(); err != nil {
		return err
	}
	if j == nil || j.Updates == nil || len(ids) == 0 {
		return nil
	}
	attrs := a.Stock()
	c := change{tags: attrs.Tag, names: attrs.Name}
	if r := attrs.Journal; r != nil {
		record := ampel.JournalRecord{
			Tier: 3, TS: ampel.UnixTime(j.Now().Unix()), Process: j.Process, Run: j.Run, Action: action,
			Unit: j.Unit, Tag: ampel.MergeLabels(j.Tag, r.Tag),
		}
		if r.Code > 0 {
			record.Code = r.Code
		}
		extra, err := ampel.NewValue(r.Extra)
		if err != nil {
			return err
		}
		if len(r.Extra) > 0 {
			record.Extra = extra
		}
		c.records = []ampel.JournalRecord{record}
	}
	j.Updates.add(ids, c)
	return nil
}

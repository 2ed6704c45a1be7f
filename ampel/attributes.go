package ampel

import (
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel/docdb"
)

// Attributes is what a T3 unit can send about a stock: JournalAttributes or
// StockAttributes.
type Attributes interface {
	// Stock returns the attributes in their full form.
	Stock() StockAttributes
	// Check reports content that cannot be stored.
	Check() error
}

// JournalAttributes are what a unit may add to a journal record.
type JournalAttributes struct {
	Tag   Labels
	Code  DocumentCode   // stored if it is above zero
	Extra map[string]any // such as NewValue takes
}

// Stock returns a StockAttributes with this record only.
func (a JournalAttributes) Stock() StockAttributes { return StockAttributes{Journal: &a} }

// Check reports content that cannot be stored.
func (a JournalAttributes) Check() error {
	if len(a.Extra) == 0 && len(a.Tag) == 0 {
		return nil
	}
	if err := docdb.Check(bson.D{{Key: "extra", Value: a.Extra}, {Key: "tag", Value: a.Tag}}); err != nil {
		return fmt.Errorf("ampel: journal: %w", err)
	}
	return nil
}

// StockAttributes are what a unit may add to a stock document.
type StockAttributes struct {
	Tag     []Tag              // added to the tags of the stock
	Name    []Label            // added to its names
	Journal *JournalAttributes // nil: no record
}

// Stock returns a.
func (a StockAttributes) Stock() StockAttributes { return a }

// Check reports content that cannot be stored.
func (a StockAttributes) Check() error {
	if len(a.Tag)+len(a.Name) > 0 {
		if err := docdb.Check(bson.D{{Key: "tag", Value: a.Tag}, {Key: "name", Value: a.Name}}); err != nil {
			return fmt.Errorf("ampel: stock: %w", err)
		}
	}
	if a.Journal == nil {
		return nil
	}
	return a.Journal.Check()
}

package ampel

import "fmt"

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

// Check reports extra content that cannot be stored.
func (a JournalAttributes) Check() error {
	if _, err := NewValue(a.Extra); err != nil {
		return fmt.Errorf("ampel: journal: extra: %w", err)
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
	if a.Journal == nil {
		return nil
	}
	return a.Journal.Check()
}

// Package selection has the selectors, which find the stocks of a run:
//
//	T3StockSelector           by channels, tags, and times of creation and change
//	T3FilteringStockSelector  also by the newest results of T2 units
//
// "channel" and "tag" are conditions as in [ampel.Logic]. Times are those of the
// channels: a stock that changed in one channel was not updated for the others.
//
// The lists of T2 results are looked at in this process, by the same matcher
// that the database uses, a chunk of stocks at a time.
package selection

// Package t0 takes alerts in: it asks the filter of each channel, makes
// datapoints, combines them into states, and leaves tickets for T2 units.
package t0

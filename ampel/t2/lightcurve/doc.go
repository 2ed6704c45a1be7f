// Package lightcurve has T2 units about the light curves of states whose datapoints
// are those of ZTF, with the fields jd, fid, magpsf, sigmapsf, isdiffpos and
// diffmaglim. Importing it registers them:
//
//	T2LightCurveSummary  what can be read off a light curve
//	T2BazinFit           a fit with the light curve of a supernova
//
// Both are units for states. They compute for some milliseconds at most, and can run
// on every backend.
//
// # T2LightCurveSummary
//
// The result is a map: detections, limits, negative (detections fainter than the
// reference), first and last (Julian dates of detections), duration (days), ra, dec and
// scatter (mean position, and standard deviation around it in arcsec, of detections),
// color (g - r near the peak in r, with its error and days from the peak) and bands. This is a map
// with an entry for each band that was used: detections, limits, peak (jd, mag, error:
// those of the brightest positive detection), last_limit (Julian date and magnitude of
// the last upper limit before the first detection), rise and fade (magnitudes per day, with
// error and number of points; positive while it becomes brighter or fainter).
// What cannot be told is missing.
//
// Its configuration is {rise_days, fade_days, color_days}: how many days before and
// after the peak the points for rise and fade may be, 20 and 30 by default, and how far
// apart in days detections in g and r may be for a color, 2.
//
// # T2BazinFit
//
// The function is that of Bazin et al. 2009, A&A 499, 653, for the flux of a
// supernova:
//
//	f(t) = scale · exp(-(t-t0)/fall) / (1 + exp(-(t-t0)/rise))
//
// without their constant, since the flux is the difference to a reference: see
// baseline. Each band is fitted by itself, since supernovae rise and fall at
// different times in different bands. Fluxes have the zero point 25 mag. An upper limit
// says that less than five sigma was measured: its residual is that of censored data,
// as in Tobin 1958, Econometrica 26, 24, next to nothing where the function is below it.
// Those from 20 days before the first detection of a band on are used.
//
// The fit is one of least squares by Levenberg and Marquardt, with at most 200 steps
// from each of the three best of 45 starts. Rise is from 0.2 to 50 days, and fall from
// 1.1 to 201 times as long.
//
// The result is a map: model, zero_point, chi2, dof and reduced_chi2 of all bands
// together, and bands. This is a map with an entry for each band that was fitted:
// detections, limits, chi2 (of detections), dof (detections less free parameters),
// reduced_chi2, limit_chi2 (what the limits add to what is minimized), parameters and
// errors (maps of scale, t0, rise, fall and perhaps baseline; days and flux), covariance
// (a list of lists, in the order of the list names), peak_jd and peak_mag with
// peak_jd_error and peak_mag_error, at_limit (names of parameters at a limit, which have
// no error), converged and steps. Errors and covariance are missing if the data do not
// determine the parameters.
//
// Its configuration is {min_detections, limit_days, error_floor, baseline, bands}: how
// many positive detections a band needs (5, and never less than there are parameters),
// from how many days before the first detection limits count (20), what relative error
// of the flux is added in quadrature (0), whether a constant is fitted as well
// (false), and the names of the bands (all of g, r and i).
//
// The code of the ticket says how it went, see [CodeTooFewPoints] and the others.
package lightcurve

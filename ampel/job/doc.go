// Package job reads job files and runs them, once or on their schedules. A job
// file is YAML or JSON. The shortest is a template:
//
//	template: PeriodicSummaryT3
//	name: DailyPost
//	schedule: every().day.at('10:30')
//	channel: BLUE
//	run: {unit: SlackPoster, config: {room: "#blue"}}
//
// See [Job] for the other forms, [t3.Processor] for the configuration of a run,
// and [Schedule] for schedules, which are planned by package databay.
package job

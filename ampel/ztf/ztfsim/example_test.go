package ztfsim_test

import (
	"fmt"
	"log"

	"github.com/penstock/penstock/ampel/ztf/ztfsim"
)

func Example() {
	survey, err := ztfsim.New(ztfsim.ForAlerts(1000, 1))
	if err != nil {
		log.Fatal(err)
	}
	alerts := map[ztfsim.Class]int{}
	for p := range survey.Packets() {
		class, _ := survey.Class(p.ObjectID)
		alerts[class]++
	}
	fmt.Println(alerts)
	// Output: map[supernova:288 variable:498 mover:202 artifact:101]
}

package ampel_test

import (
	"fmt"

	"github.com/penstock/penstock/ampel"
)

func ExampleLogic() {
	blue, red, green := ampel.Name("BLUE"), ampel.Name("RED"), ampel.Name("GREEN")
	l := ampel.AllOf(blue, red).Or(ampel.Only(green))
	fmt.Println(l)
	fmt.Println(l.Match([]ampel.ChannelID{blue}), l.Match([]ampel.ChannelID{blue, red}))
	// Output:
	// (BLUE and RED) or GREEN
	// false true
}

func ExampleRegister() {
	type config struct {
		Room string `config:"room,required"`
	}
	units := ampel.NewRegistry()
	ampel.Register(units, "Greeter", func(_ *ampel.Env, c config) (fmt.Stringer, error) {
		return ampel.Name("hello " + c.Room), nil
	})
	var u ampel.UnitOf[fmt.Stringer]
	err := ampel.Decode(map[string]any{"unit": "Greeter", "config": map[string]any{"rooom": "blue"}}, &u)
	fmt.Println(err, u.Check(units))
	u.Config = ampel.Config{"room": "blue"}
	greeter, _, err := u.Build(&ampel.Env{Units: units})
	fmt.Println(greeter, err)
	// Output:
	// <nil> ampel: config: config.room: is missing
	// hello blue <nil>
}

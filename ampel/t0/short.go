package t0

import "github.com/penstock/penstock/ampel"

// The name of a unit alone stands for a unit without a configuration.

func short(v any) any {
	if name, ok := v.(string); ok {
		return map[string]any{"unit": name}
	}
	return v
}

// DecodeConfig reads a map, or only the name of the unit.
func (f *Filter) DecodeConfig(v any) error {
	type plain Filter
	if err := ampel.Decode(short(v), (*plain)(f)); err != nil {
		return err
	}
	return f.CheckConfig()
}

// DecodeConfig reads a map, or only the name of the unit.
func (m *Mux) DecodeConfig(v any) error {
	type plain Mux
	return ampel.Decode(short(v), (*plain)(m))
}

// DecodeConfig reads a map, or only the name of the unit.
func (c *Combine) DecodeConfig(v any) error {
	type plain Combine
	return ampel.Decode(short(v), (*plain)(c))
}

// DecodeConfig reads a map, or only the name of the unit.
func (u *T2Unit) DecodeConfig(v any) error {
	type plain T2Unit
	return ampel.Decode(short(v), (*plain)(u))
}

package pl

// Dump describes the state of the run that m watches.
func (m *Monitor) Dump() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.run == nil {
		return "no run"
	}
	return m.run.Dump()
}

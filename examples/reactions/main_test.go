package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNothingIsPostedTwice(t *testing.T) {
	dir := t.TempDir()
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), dir, &out))
	first, second, _ := strings.Cut(out.String(), "Round 2")
	both := "BLUE: [SNa] [SNc] [SNd] [SNf]  RED: [SNb] [SNc] [SNe] [SNf]"
	require.Equal(t, 5, strings.Count(first, both), out.String())
	require.Equal(t, 1, strings.Count(first, "BLUE: [SNa] [SNc] [SNd] [SNf]\n"), out.String())
	require.Equal(t, 6, strings.Count(second, "nothing"), out.String())
	require.Contains(t, second, "stock 3 [SNc] [BLUE RED]: 12 records, posted map[BLUE:6 RED:5]")

	out.Reset()
	require.NoError(t, run(t.Context(), dir, &out))
	require.Equal(t, 12, strings.Count(out.String(), "nothing"), out.String())
}

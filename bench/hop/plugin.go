package hop

import (
	"context"
	"fmt"
	"net/rpc"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
)

var handshake = plugin.HandshakeConfig{
	ProtocolVersion: 1, MagicCookieKey: "PLBENCH_PLUGIN", MagicCookieValue: "hop",
}

var plugins = map[string]plugin.Plugin{"hop": hopPlugin{}}

func (k *kind[T]) plugin(ctx context.Context, n, workers int) (timing, error) {
	t, err := share(ctx, n, workers, func(ctx context.Context, next func() (int, bool), t *timing) error {
		cmd, err := command(ctx, pluginKind)
		if err != nil {
			return err
		}
		c := plugin.NewClient(&plugin.ClientConfig{
			HandshakeConfig: handshake, Plugins: plugins, Cmd: cmd,
			AllowedProtocols: []plugin.Protocol{plugin.ProtocolNetRPC}, Logger: hclog.NewNullLogger(),
		})
		defer c.Kill()
		dispenser, err := c.Client()
		if err != nil {
			return err
		}
		raw, err := dispenser.Dispense("hop")
		if err != nil {
			return err
		}
		client, ok := raw.(*rpc.Client)
		if !ok {
			return fmt.Errorf("hop: the plugin is a %T", raw)
		}
		for i, ok := next(); ok; i, ok = next() {
			var v T
			if err := client.Call(k.rpc, k.item(i), &v); err != nil {
				return err
			}
			t.add(k.key(v))
		}
		return nil // Kill ends the client as well
	})
	if err != nil {
		return t, err
	}
	return t, k.check(t.digest, n)
}

func servePlugin() {
	plugin.Serve(&plugin.ServeConfig{HandshakeConfig: handshake, Plugins: plugins, Logger: hclog.NewNullLogger()})
}

type hopPlugin struct{}

func (hopPlugin) Server(*plugin.MuxBroker) (any, error) { return &methods{}, nil }

func (hopPlugin) Client(_ *plugin.MuxBroker, c *rpc.Client) (any, error) { return c, nil }

// methods are called through net/rpc, which wants them exported and like this.
type methods struct{}

func (*methods) Int(v int, out *int) (err error) {
	*out, err = nextInt.Call(context.Background(), v)
	return err
}

func (*methods) Record(v Record, out *Record) (err error) {
	*out, err = nextRecord.Call(context.Background(), v)
	return err
}

func (*methods) Bytes(v []byte, out *[]byte) (err error) {
	*out, err = nextBytes.Call(context.Background(), v)
	return err
}

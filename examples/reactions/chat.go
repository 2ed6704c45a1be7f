package main

import (
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// chat is a server like that of a chat: what is posted to /rooms/<name> appears
// in that room.
type chat struct {
	url    string
	server *http.Server
	served chan error

	mu    sync.Mutex
	rooms map[string][]string
}

func startChat() (*chat, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	c := &chat{url: "http://" + listener.Addr().String(), served: make(chan error, 1), rooms: map[string][]string{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /rooms/{name}", c.post)
	c.server = &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() { c.served <- c.server.Serve(listener) }()
	return c, nil
}

func (c *chat) post(w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 4096))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	room := strings.ToUpper(r.PathValue("name"))
	c.rooms[room] = append(c.rooms[room], string(text))
	w.WriteHeader(http.StatusNoContent)
}

// take returns what was posted since the last call.
func (c *chat) take() map[string][]string {
	c.mu.Lock()
	defer c.mu.Unlock()
	rooms := c.rooms
	c.rooms = map[string][]string{}
	return rooms
}

func (c *chat) stop() error {
	err := c.server.Close()
	if e := <-c.served; !errors.Is(e, http.ErrServerClosed) {
		err = errors.Join(err, e)
	}
	return err
}

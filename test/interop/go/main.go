// SPDX-License-Identifier: MIT

// Partner is one go-libp2p peer that does what it is told: ../PARTNER.md is its contract.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
)

const lineMax = 1 << 20

// A command is one line of input; which members count depends on Do.
type command struct {
	Do       string `json:"do"`
	Address  string `json:"address"`
	Peer     string `json:"peer"`
	Protocol string `json:"protocol"`
	By       string `json:"by"`
	Topic    string `json:"topic"`
	Count    int    `json:"count"`
	Bytes    int64  `json:"bytes"`
	First    uint64 `json:"first"`
	Min      int    `json:"min"`
	Max      int    `json:"max"`
}

// An answer has "ok" added before it is printed.
type answer map[string]any

type verb func(*partner, command) (answer, error)

var verbs = map[string]verb{
	"dial":        (*partner).dial,
	"connected":   (*partner).connected,
	"hangup":      (*partner).hangup,
	"dial_many":   (*partner).dialMany,
	"ping":        (*partner).ping,
	"identify":    (*partner).identify,
	"push":        (*partner).push,
	"heard_push":  (*partner).heardPush,
	"echo":        (*partner).echo,
	"half_close":  (*partner).halfClose,
	"reset":       (*partner).reset,
	"heard_reset": (*partner).heardReset,
	"send":        (*partner).send,
	"subscribe":   (*partner).subscribe,
	"subscribers": (*partner).subscribers,
	"in_mesh":     (*partner).inMesh,
	"publish":     (*partner).publish,
	"received":    (*partner).received,
	"latencies":   (*partner).latencies,
}

func do(p *partner, line []byte) (answer, error) {
	var c command
	if err := json.Unmarshal(line, &c); err != nil {
		return nil, err
	}
	verb, ok := verbs[c.Do]
	if !ok {
		return nil, fmt.Errorf("there is no %q", c.Do)
	}
	return verb(p, c)
}

func isQuit(line []byte) bool {
	var c command
	return json.Unmarshal(line, &c) == nil && c.Do == "quit"
}

func obey(p *partner) error {
	say := json.NewEncoder(os.Stdout)
	if err := say.Encode(answer{"listening": p.listening()}); err != nil {
		return err
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, lineMax)
	for lines.Scan() {
		if isQuit(lines.Bytes()) {
			return say.Encode(answer{"ok": true})
		}
		result, err := do(p, lines.Bytes())
		if result == nil {
			result = answer{}
		}
		result["ok"] = err == nil
		if err != nil {
			result["error"] = err.Error()
		}
		if err := say.Encode(result); err != nil {
			return err
		}
	}
	return lines.Err()
}

func run() error {
	security := flag.String("security", "", "noise or tls; both when none is named")
	gossip := flag.String("gossip", "1.2", "the highest version of gossipsub: 1.1 or 1.2")
	listen := flag.String("listen", "/ip4/127.0.0.1/tcp/0", "where to listen")
	flag.Parse()
	if flag.NArg() > 0 {
		return errors.New("arguments are not understood")
	}
	p, err := newPartner(*listen, *security, *gossip)
	if err != nil {
		return err
	}
	defer p.host.Close()
	return obey(p)
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "partner:", err)
		os.Exit(1)
	}
}

// SPDX-License-Identifier: MIT

package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p"
	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/connmgr"
	"github.com/libp2p/go-libp2p/core/event"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/peerstore"
	"github.com/libp2p/go-libp2p/core/protocol"
	"github.com/libp2p/go-libp2p/p2p/muxer/yamux"
	"github.com/libp2p/go-libp2p/p2p/protocol/ping"
	"github.com/libp2p/go-libp2p/p2p/security/noise"
	libp2ptls "github.com/libp2p/go-libp2p/p2p/security/tls"
	"github.com/libp2p/go-libp2p/p2p/transport/tcp"
	ma "github.com/multiformats/go-multiaddr"
)

// A partner has one lock for all that it was told by events; changed wakes who waits for a part of it.
type partner struct {
	host   host.Host
	gossip *pubsub.PubSub

	lock    sync.Mutex
	changed *sync.Cond
	told    map[peer.ID]event.EvtPeerIdentificationCompleted
	resets  int
	topics  map[string]*topic
	meshes  map[string]map[peer.ID]bool
	pushes  int
}

func newPartner(listen, security, gossip string) (*partner, error) {
	p := &partner{
		told:   map[peer.ID]event.EvtPeerIdentificationCompleted{},
		topics: map[string]*topic{},
		meshes: map[string]map[peer.ID]bool{},
	}
	p.changed = sync.NewCond(&p.lock)
	options, err := hostOptions(listen, security)
	if err != nil {
		return nil, err
	}
	if p.host, err = libp2p.New(options...); err != nil {
		return nil, err
	}
	p.answerStreams()
	if err := p.hear(); err != nil {
		return nil, err
	}
	return p, p.startGossip(gossip)
}

func hostOptions(listen, security string) ([]libp2p.Option, error) {
	options := []libp2p.Option{
		libp2p.ListenAddrStrings(listen),
		// A source port of its own for each dial: else many dials of one address collide.
		libp2p.Transport(tcp.NewTCPTransport, tcp.DisableReuseport()),
		libp2p.Muxer(yamux.ID, yamux.DefaultTransport),
		libp2p.ResourceManager(&network.NullResourceManager{}),
		libp2p.ConnectionManager(connmgr.NullConnMgr{}),
		libp2p.UserAgent("go-libp2p"),
		libp2p.DisableRelay(),
		libp2p.DisableMetrics(),
	}
	if security != "" && security != "noise" && security != "tls" {
		return nil, fmt.Errorf("there is no security %q", security)
	}
	if security != "tls" {
		options = append(options, libp2p.Security(noise.ID, noise.New))
	}
	if security != "noise" {
		options = append(options, libp2p.Security(libp2ptls.ID, libp2ptls.New))
	}
	return options, nil
}

func (p *partner) listening() string {
	return fmt.Sprintf("%s/p2p/%s", p.host.Addrs()[0], p.host.ID())
}

// await sleeps until an event made `is` true, which is asked under the lock.
func (p *partner) await(is func() bool) {
	p.lock.Lock()
	defer p.lock.Unlock()
	for !is() {
		p.changed.Wait()
	}
}

func (p *partner) change(what func()) {
	p.lock.Lock()
	what()
	p.lock.Unlock()
	p.changed.Broadcast()
}

func nothing() {}

func (p *partner) hear() error {
	p.host.Network().Notify(&network.NotifyBundle{
		ConnectedF:    func(network.Network, network.Conn) { p.change(nothing) },
		DisconnectedF: func(network.Network, network.Conn) { p.change(nothing) },
	})
	kinds := []any{new(event.EvtPeerIdentificationCompleted), new(event.EvtPeerProtocolsUpdated)}
	news, err := p.host.EventBus().Subscribe(kinds)
	if err != nil {
		return err
	}
	go func() {
		for one := range news.Out() {
			if told, ok := one.(event.EvtPeerIdentificationCompleted); ok {
				p.change(func() { p.told[told.Peer] = told })
			} else {
				p.change(nothing)
			}
		}
	}()
	return nil
}

func micros(d time.Duration) float64 {
	return float64(d.Nanoseconds()) / 1e3
}

// ---- connections ----

// connect is not host.Connect, which waits for identify too.
func (p *partner) connect(address string) (network.Conn, time.Duration, error) {
	info, err := peer.AddrInfoFromString(address)
	if err != nil {
		return nil, 0, err
	}
	p.host.Peerstore().AddAddrs(info.ID, info.Addrs, peerstore.PermanentAddrTTL)
	start := time.Now()
	conn, err := p.host.Network().DialPeer(context.Background(), info.ID)
	return conn, time.Since(start), err
}

func (p *partner) dial(c command) (answer, error) {
	conn, took, err := p.connect(c.Address)
	if err != nil {
		return nil, err
	}
	return answer{"peer": conn.RemotePeer().String(), "us": micros(took)}, nil
}

func (p *partner) dialMany(c command) (answer, error) {
	us := []float64{}
	for range c.Count {
		conn, took, err := p.connect(c.Address)
		if err != nil {
			return nil, err
		}
		us = append(us, micros(took))
		if err := p.leave(conn.RemotePeer()); err != nil {
			return nil, err
		}
	}
	return answer{"us": us}, nil
}

func (p *partner) isConnected(id peer.ID) bool {
	return len(p.host.Network().ConnsToPeer(id)) > 0
}

func (p *partner) leave(id peer.ID) error {
	if err := p.host.Network().ClosePeer(id); err != nil {
		return err
	}
	p.await(func() bool { return !p.isConnected(id) })
	return nil
}

func (p *partner) connected(c command) (answer, error) {
	id, err := peer.Decode(c.Peer)
	if err != nil {
		return nil, err
	}
	p.await(func() bool { return p.isConnected(id) })
	return nil, nil
}

func (p *partner) hangup(c command) (answer, error) {
	id, err := peer.Decode(c.Peer)
	if err != nil {
		return nil, err
	}
	return nil, p.leave(id)
}

// ---- identify and ping ----

func (p *partner) ping(c command) (answer, error) {
	id, err := peer.Decode(c.Peer)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	results := ping.Ping(ctx, p.host, id)
	us := []float64{}
	for range c.Count {
		result := <-results
		if result.Error != nil {
			return nil, result.Error
		}
		us = append(us, micros(result.RTT))
	}
	return answer{"us": us}, nil
}

func (p *partner) identify(c command) (answer, error) {
	id, err := peer.Decode(c.Peer)
	if err != nil {
		return nil, err
	}
	var told event.EvtPeerIdentificationCompleted
	p.await(func() (is bool) {
		told, is = p.told[id]
		return is
	})
	listen := []string{}
	for _, address := range told.ListenAddrs {
		listen = append(listen, address.String())
	}
	observed := ""
	if told.ObservedAddr != nil {
		observed = told.ObservedAddr.String()
	}
	return answer{"agent": told.AgentVersion, "protocols": told.Protocols, "listen": listen, "observed": observed}, nil
}

func (p *partner) push(command) (answer, error) {
	p.pushes++
	name := fmt.Sprintf("/test/pushed/%d", p.pushes)
	p.host.SetStreamHandler(protocol.ID(name), func(s network.Stream) { _ = s.Reset() })
	return answer{"protocol": name}, nil
}

func (p *partner) heardPush(c command) (answer, error) {
	id, err := peer.Decode(c.Peer)
	if err != nil {
		return nil, err
	}
	if c.Address == "" {
		p.await(func() bool {
			found, err := p.host.Peerstore().SupportsProtocols(id, protocol.ID(c.Protocol))
			return err == nil && len(found) > 0
		})
		return nil, nil
	}
	address, err := ma.NewMultiaddr(c.Address)
	if err != nil {
		return nil, err
	}
	p.await(func() bool { return slices.ContainsFunc(p.told[id].ListenAddrs, address.Equal) })
	return nil, nil
}

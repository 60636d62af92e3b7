// SPDX-License-Identifier: MIT

package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	"golang.org/x/sys/unix"
)

const (
	headBytes  = 16
	queueLimit = 1 << 16 // the library's default of 32 loses what comes or goes in a burst
)

var versions = map[string][]protocol.ID{
	"1.1": {pubsub.GossipSubID_v11, pubsub.GossipSubID_v10, pubsub.FloodSubID},
	"1.2": {pubsub.GossipSubID_v12, pubsub.GossipSubID_v11, pubsub.GossipSubID_v10, pubsub.FloodSubID},
}

// A topic is guarded by the partner's lock, but for `joined`.
type topic struct {
	joined *pubsub.Topic
	peers  map[peer.ID]bool // that subscribed
	copies map[uint64]int
	wrong  int
	us     []float64
}

// A meshTracer hears who enters and leaves our meshes.
type meshTracer struct {
	*partner
}

func (t meshTracer) Graft(id peer.ID, name string) {
	t.change(func() {
		if t.meshes[name] == nil {
			t.meshes[name] = map[peer.ID]bool{}
		}
		t.meshes[name][id] = true
	})
}

func (t meshTracer) Prune(id peer.ID, name string) {
	t.change(func() { delete(t.meshes[name], id) })
}

func (meshTracer) AddPeer(peer.ID, protocol.ID)             {}
func (meshTracer) OnNewOutboundStream(peer.ID, protocol.ID) {}
func (meshTracer) RemovePeer(peer.ID)                       {}
func (meshTracer) OnClosedOutboundStream(peer.ID)           {}
func (meshTracer) Join(string)                              {}
func (meshTracer) Leave(string)                             {}
func (meshTracer) ValidateMessage(*pubsub.Message)          {}
func (meshTracer) DeliverMessage(*pubsub.Message)           {}
func (meshTracer) RejectMessage(*pubsub.Message, string)    {}
func (meshTracer) DuplicateMessage(*pubsub.Message)         {}
func (meshTracer) ThrottlePeer(peer.ID)                     {}
func (meshTracer) RecvRPC(*pubsub.RPC)                      {}
func (meshTracer) SendRPC(*pubsub.RPC, peer.ID)             {}
func (meshTracer) DropRPC(*pubsub.RPC, peer.ID)             {}
func (meshTracer) UndeliverableMessage(*pubsub.Message)     {}

func (p *partner) startGossip(version string) (err error) {
	protocols, ok := versions[version]
	if !ok {
		return fmt.Errorf("there is no gossipsub %q", version)
	}
	p.gossip, err = pubsub.NewGossipSub(context.Background(), p.host,
		pubsub.WithMessageSignaturePolicy(pubsub.StrictSign),
		pubsub.WithGossipSubProtocols(protocols, pubsub.GossipSubDefaultFeatures),
		pubsub.WithRawTracer(meshTracer{p}),
		pubsub.WithPeerOutboundQueueSize(queueLimit),
		pubsub.WithValidateQueueSize(queueLimit),
		pubsub.WithValidateThrottle(queueLimit))
	return err
}

// ---- messages ----

func monotonicNS() uint64 {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		panic(err)
	}
	return uint64(now.Nano())
}

func message(number uint64, length int) []byte {
	data := make([]byte, max(length, headBytes))
	fill(data, 0)
	binary.BigEndian.PutUint64(data, number)
	binary.BigEndian.PutUint64(data[8:], monotonicNS())
	return data
}

func isRight(data []byte) bool {
	want := make([]byte, len(data))
	fill(want, 0)
	return bytes.Equal(want[headBytes:], data[headBytes:])
}

func (p *partner) take(t *topic, data []byte) {
	now := monotonicNS()
	p.change(func() {
		if len(data) < headBytes || !isRight(data) {
			t.wrong++
			return
		}
		t.copies[binary.BigEndian.Uint64(data)]++
		t.us = append(t.us, float64(now-binary.BigEndian.Uint64(data[8:]))/1e3)
	})
}

func (p *partner) listen(t *topic, messages *pubsub.Subscription) {
	for {
		m, err := messages.Next(context.Background())
		if err != nil {
			return
		}
		if m.ReceivedFrom != p.host.ID() {
			p.take(t, m.Data)
		}
	}
}

func (p *partner) watch(t *topic, peers *pubsub.TopicEventHandler) {
	for {
		one, err := peers.NextPeerEvent(context.Background())
		if err != nil {
			return
		}
		p.change(func() {
			if one.Type == pubsub.PeerJoin {
				t.peers[one.Peer] = true
			} else {
				delete(t.peers, one.Peer)
			}
		})
	}
}

// ---- the verbs ----

func (p *partner) topic(name string) (*topic, error) {
	if t := p.topics[name]; t != nil {
		return t, nil
	}
	joined, err := p.gossip.Join(name)
	if err != nil {
		return nil, err
	}
	peers, err := joined.EventHandler()
	if err != nil {
		return nil, err
	}
	t := &topic{joined: joined, peers: map[peer.ID]bool{}, copies: map[uint64]int{}}
	p.topics[name] = t
	go p.watch(t, peers)
	return t, nil
}

func (p *partner) subscribe(c command) (answer, error) {
	t, err := p.topic(c.Topic)
	if err != nil {
		return nil, err
	}
	messages, err := t.joined.Subscribe(pubsub.WithBufferSize(queueLimit))
	if err != nil {
		return nil, err
	}
	go p.listen(t, messages)
	return nil, nil
}

func (p *partner) subscribers(c command) (answer, error) {
	t, err := p.topic(c.Topic)
	if err != nil {
		return nil, err
	}
	p.await(func() bool { return len(t.peers) >= c.Count })
	return nil, nil
}

func (p *partner) inMesh(c command) (answer, error) {
	id, err := peer.Decode(c.Peer)
	if err != nil {
		return nil, err
	}
	p.await(func() bool { return p.meshes[c.Topic][id] })
	return nil, nil
}

func (p *partner) publish(c command) (answer, error) {
	t, err := p.topic(c.Topic)
	if err != nil {
		return nil, err
	}
	for k := range c.Count {
		length := c.Min
		if c.Count > 1 {
			length += (c.Max - c.Min) * k / (c.Count - 1)
		}
		if err := t.joined.Publish(context.Background(), message(c.First+uint64(k), length)); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

func (p *partner) received(c command) (answer, error) {
	t, err := p.topic(c.Topic)
	if err != nil {
		return nil, err
	}
	p.await(func() bool { return len(t.copies) >= c.Count })
	p.lock.Lock()
	defer p.lock.Unlock()
	copies := 0
	for _, count := range t.copies {
		copies += count - 1
	}
	return answer{"distinct": len(t.copies), "copies": copies, "wrong": t.wrong}, nil
}

func (p *partner) latencies(c command) (answer, error) {
	t, err := p.topic(c.Topic)
	if err != nil {
		return nil, err
	}
	var us []float64
	p.change(func() { us, t.us = slices.Clone(t.us), t.us[:0] })
	if us == nil {
		us = []float64{}
	}
	return answer{"us": us}, nil
}

// SPDX-License-Identifier: MIT

package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
)

const (
	echoID      = "/test/echo/1"
	halfCloseID = "/test/half-close/1"
	resetID     = "/test/reset/1"
	sendID      = "/test/send/1"

	halfCloseBytes = 1 << 20
	pieceBytes     = 64 << 10
)

// ---- the pattern ----

// rows[k][i] is i ^ k: a row of 256 bytes of the pattern has one k.
var rows = func() (rows [256][256]byte) {
	for k := range rows {
		for i := range rows[k] {
			rows[k][i] = byte(i ^ k)
		}
	}
	return rows
}()

// fill writes the pattern's bytes from `offset` on.
func fill(into []byte, offset int64) {
	for len(into) > 0 {
		n := copy(into, rows[byte(offset>>8^offset>>16)][offset&255:])
		into = into[n:]
		offset += int64(n)
	}
}

// A check takes the pattern from its beginning and fails where it differs.
type check struct {
	offset int64
	want   [pieceBytes]byte
}

func (c *check) Write(got []byte) (int, error) {
	for from := 0; from < len(got); {
		want := c.want[:min(len(got)-from, pieceBytes)]
		fill(want, c.offset)
		if !bytes.Equal(want, got[from:from+len(want)]) {
			return from, fmt.Errorf("wrong bytes after %d", c.offset)
		}
		c.offset += int64(len(want))
		from += len(want)
	}
	return len(got), nil
}

func writePattern(into io.Writer, length int64) error {
	piece := make([]byte, pieceBytes)
	for offset := int64(0); offset < length; {
		part := piece[:min(length-offset, pieceBytes)]
		fill(part, offset)
		if _, err := into.Write(part); err != nil {
			return err
		}
		offset += int64(len(part))
	}
	return nil
}

// ---- what we answer ----

func (p *partner) answerStreams() {
	p.handle(echoID, func(s network.Stream) error {
		_, err := io.CopyBuffer(s, s, make([]byte, pieceBytes))
		return err
	})
	p.handle(halfCloseID, func(s network.Stream) error {
		if _, err := io.Copy(io.Discard, s); err != nil {
			return err
		}
		return writePattern(s, halfCloseBytes)
	})
	p.handle(sendID, func(s network.Stream) error {
		count, err := drain(s)
		if err != nil {
			return err
		}
		return binary.Write(s, binary.BigEndian, count)
	})
	p.handle(resetID, p.answerReset)
}

// handle closes the stream when `answer` is done, and resets it when that failed.
func (p *partner) handle(id protocol.ID, answer func(network.Stream) error) {
	p.host.SetStreamHandler(id, func(s network.Stream) {
		if err := answer(s); err != nil {
			_ = s.Reset()
			return
		}
		_ = s.Close()
	})
}

// drain is io.Copy to io.Discard, but for the size of its reads.
func drain(from io.Reader) (count int64, err error) {
	piece := make([]byte, pieceBytes)
	for {
		n, err := from.Read(piece)
		count += int64(n)
		if err == io.EOF {
			return count, nil
		}
		if err != nil {
			return count, err
		}
	}
}

var errAsked = errors.New("a reset was asked for")

func (p *partner) answerReset(s network.Stream) error {
	var by [1]byte
	if _, err := io.ReadFull(s, by[:]); err != nil {
		return err
	}
	if by[0] != 'u' {
		return errAsked
	}
	if _, err := s.Write(by[:]); err != nil {
		return err
	}
	_, err := s.Read(by[:])
	if errors.Is(err, network.ErrReset) {
		p.change(func() { p.resets++ })
	}
	return err
}

// ---- what we ask ----

func (p *partner) open(to string, id protocol.ID) (network.Stream, error) {
	remote, err := peer.Decode(to)
	if err != nil {
		return nil, err
	}
	return p.host.NewStream(context.Background(), remote, id)
}

func (p *partner) echo(c command) (answer, error) {
	start := time.Now()
	s, err := p.open(c.Peer, echoID)
	if err != nil {
		return nil, err
	}
	defer s.Reset()
	written := make(chan error, 1)
	go func() {
		err := writePattern(s, c.Bytes)
		written <- errors.Join(err, s.CloseWrite())
	}()
	var back check
	if _, err := io.CopyBuffer(&back, s, make([]byte, pieceBytes)); err != nil {
		return nil, err
	}
	if err := <-written; err != nil {
		return nil, err
	}
	if back.offset != c.Bytes {
		return nil, fmt.Errorf("%d bytes of %d came back", back.offset, c.Bytes)
	}
	return answer{"us": micros(time.Since(start)), "bytes": back.offset}, nil
}

func (p *partner) halfClose(c command) (answer, error) {
	s, err := p.open(c.Peer, halfCloseID)
	if err != nil {
		return nil, err
	}
	defer s.Reset()
	if _, err := s.Write([]byte("half")); err != nil {
		return nil, err
	}
	if err := s.CloseWrite(); err != nil {
		return nil, err
	}
	count, err := drain(s)
	return answer{"bytes": count}, err
}

func (p *partner) reset(c command) (answer, error) {
	s, err := p.open(c.Peer, resetID)
	if err != nil {
		return nil, err
	}
	defer s.Reset()
	if c.By == "us" {
		return nil, resetOurs(s)
	}
	if _, err := s.Write([]byte("t")); err != nil {
		return nil, err
	}
	if _, err := drain(s); !errors.Is(err, network.ErrReset) {
		return nil, fmt.Errorf("the stream was not reset: %v", err)
	}
	return nil, nil
}

func resetOurs(s network.Stream) error {
	var by [1]byte
	if _, err := s.Write([]byte("u")); err != nil {
		return err
	}
	if _, err := io.ReadFull(s, by[:]); err != nil {
		return err
	}
	return s.Reset()
}

func (p *partner) heardReset(command) (answer, error) {
	p.await(func() bool { return p.resets > 0 })
	p.change(func() { p.resets-- })
	return nil, nil
}

func (p *partner) send(c command) (answer, error) {
	start := time.Now()
	s, err := p.open(c.Peer, sendID)
	if err != nil {
		return nil, err
	}
	defer s.Reset()
	if err := writePattern(s, c.Bytes); err != nil {
		return nil, err
	}
	if err := s.CloseWrite(); err != nil {
		return nil, err
	}
	var count int64
	if err := binary.Read(s, binary.BigEndian, &count); err != nil {
		return nil, err
	}
	took := time.Since(start)
	if count != c.Bytes {
		return nil, fmt.Errorf("%d bytes of %d arrived", count, c.Bytes)
	}
	return answer{"us": micros(took)}, nil
}

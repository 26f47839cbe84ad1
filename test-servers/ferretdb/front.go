package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"log"
	"net"
	"sync"

	"github.com/FerretDB/wire"
)

// A MongoDB changes a document in one step. FerretDB 1.24 on SQLite reads it and then writes, whatever
// others wrote between, and who writes beside another sleeps up to 100 ms and tries again. The front
// stands before it: writes to one database go one by one.
type front struct {
	behind string // The socket that FerretDB listens on.
	turns  sync.Map
}

var writes = map[string]bool{
	"insert": true, "update": true, "delete": true, "findAndModify": true,
	"create": true, "createIndexes": true, "collMod": true,
	"drop": true, "dropDatabase": true, "dropIndexes": true, "renameCollection": true,
}

func (f *front) serve(ctx context.Context, listener net.Listener) {
	context.AfterFunc(ctx, func() { _ = listener.Close() })
	for {
		client, err := listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			log.Fatal(err)
		}
		go func() {
			defer client.Close()
			if err := f.relay(client); err != nil {
				log.Printf("a client is sent away: %v", err)
			}
		}()
	}
}

// relay hands on one command after the other, as drivers send them: each waits for its answer.
func (f *front) relay(client net.Conn) error {
	behind, err := net.Dial("unix", f.behind)
	if err != nil {
		return err
	}
	defer behind.Close()
	asked, answered := bufio.NewReader(client), bufio.NewReader(behind)
	for {
		command, err := message(asked)
		if err != nil {
			return nil // It has closed its connection, or died.
		}
		answer, err := f.ask(command, behind, answered)
		if err != nil {
			return err
		}
		if _, err := client.Write(answer); err != nil {
			return nil
		}
	}
}

func (f *front) ask(command []byte, behind net.Conn, answered *bufio.Reader) ([]byte, error) {
	name, database, err := read(command)
	if err != nil {
		return nil, err
	}
	if writes[name] {
		turn, _ := f.turns.LoadOrStore(database, &sync.Mutex{})
		turn.(*sync.Mutex).Lock()
		defer turn.(*sync.Mutex).Unlock()
	}
	if _, err := behind.Write(command); err != nil {
		return nil, err
	}
	return message(answered)
}

// message reads a whole one, its header included.
func message(from *bufio.Reader) ([]byte, error) {
	header, err := from.Peek(wire.MsgHeaderLen)
	if err != nil {
		return nil, err
	}
	length := int(binary.LittleEndian.Uint32(header))
	if length < wire.MsgHeaderLen || length > wire.MaxMsgLen {
		return nil, errors.New("a message of a length that none has")
	}
	whole := make([]byte, length)
	_, err = io.ReadFull(from, whole)
	return whole, err
}

// read finds what is asked of which database; neither in the greeting of old drivers.
func read(command []byte) (name string, database string, err error) {
	if wire.OpCode(binary.LittleEndian.Uint32(command[12:])) != wire.OpCodeMsg {
		return "", "", nil
	}
	var asked wire.OpMsg
	if err := asked.UnmarshalBinaryNocopy(command[wire.MsgHeaderLen:]); err != nil {
		return "", "", err
	}
	document, err := asked.RawSection0().Decode()
	if err != nil {
		return "", "", err
	}
	database, _ = document.Get("$db").(string)
	return document.Command(), database, nil
}
